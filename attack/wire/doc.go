// Package wire does one HTTP/1.1 exchange at a time, made for load.
//
// A [Transport] owns the connections; an [Exchange] owns the bytes of one
// request and its response. A caller that keeps one Exchange per worker and
// one Transport per run sends a request with one write and reads a response
// with one read, and allocates nothing in between:
//
//	t, err := wire.New(wire.Options{Timeout: 30 * time.Second})
//	x := &wire.Exchange{Addr: "127.0.0.1:8080", Host: "shop.test", Method: "GET"}
//	x.RequestURI = append(x.RequestURI[:0], "/item/7"...)
//	err = t.Do(ctx, x)
//
// # What it speaks
//
// HTTP/1.1 and HTTP/1.0 responses with a body framed by Content-Length, by
// chunked transfer coding with trailers, or by the end of the connection;
// interim 1xx responses, HEAD, 204 and 304; keep-alive and Connection: close;
// TCP over IPv4 and IPv6, Unix sockets, and TLS by crypto/tls on the same
// path. It does not speak HTTP/2, does not use proxies, does not follow
// redirects, keep cookies or decompress: the caller does, or net/http does.
// 101 is a final status: the connection is closed, its stream not read.
// A request with Expect: 100-continue sends its body at once, which RFC 9110,
// section 10.1.1 allows.
//
// # How strict it is
//
// Framing follows RFC 9112. Where a message is ambiguous the exchange fails
// with [ClassProtocol] rather than guess. It agrees with net/http's Transport
// on status, header fields, body length and class of error, except that
//
//   - folded header lines, and header names with a space, are refused
//     (net/http unfolds the first and keeps the second),
//   - lines of a trailer end in CR LF, all of them
//     (net/http wants that of the last two alone),
//   - header values may hold control characters other than NUL, CR and LF
//     (net/http refuses them),
//   - the status line must be HTTP/1.x, one space, three digits from 100 to 999
//     (net/http takes any digit for the major version, 000 and more spaces),
//   - a malformed Content-Length beside a chunked body is a failure in both,
//     and a well-formed one is ignored in both, but here the connection is
//     not used again,
//   - a response cut off in its header or trailer is [ClassClosed]
//     (net/http may call the cut line malformed),
//   - a name lookup that runs out of time is a timeout, not a DNS failure.
//
// # When it sends again
//
// A kept connection may have been closed by the server while it was idle. If
// the first write on it fails before a byte leaves, or if it ends before a
// byte of the response arrives and the method is idempotent (RFC 9110,
// section 9.2.2), the request is sent once more on a new connection, and
// [Exchange.Retries] says so. Nothing else is ever sent twice.
package wire
