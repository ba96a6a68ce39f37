package cmd

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/scenarios"
)

// reachFlags say how the target is reached and how users and connections go together.
type reachFlags struct {
	connections, cookies, balanceBy  string
	unix                             string
	connectTo, localAddr             []string
	caCert, cert, key, serverName    string
	http2                            bool
	proxy                            string
	maxIdle                          uint64
	dialTimeout, tlsTimeout, firstBy time.Duration
}

func (f *reachFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.connections, "connections", "shared", "who shares connections: shared, per-user or fresh (one a hit): `MODE`")
	fl.Uint64Var(&f.maxIdle, "max-idle", 0, "keep at most `N` connections open between hits (default --max-in-flight)")
	fl.DurationVar(&f.dialTimeout, "dial-timeout", 0, "time for name lookup and connect, within --timeout")
	fl.DurationVar(&f.tlsTimeout, "tls-timeout", 0, "time for the TLS handshake, within --timeout")
	fl.DurationVar(&f.firstBy, "first-byte-timeout", 0, "time to the response's first byte, within --timeout")
	fl.BoolVar(&f.http2, "http2", false, "HTTP/2: by ALPN with https, at once with http; slower than HTTP/1.1")
	fl.StringVar(&f.unix, "unix", "", "send every request to the Unix socket `PATH`")
	fl.StringArrayVar(&f.connectTo, "connect-to", nil, "`HOST:PORT=ADDRESS`: connect to ADDRESS for HOST:PORT; repeatable")
	fl.StringSliceVar(&f.localAddr, "local-addr", nil, "source `ADDRESSES` or blocks of connections, taken in turn")
	fl.StringVar(&f.proxy, "proxy", "", "send by the HTTP or SOCKS5 proxy `URL`; env takes HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
	fl.StringVar(&f.serverName, "server-name", "", "the TLS server `NAME` (SNI) to ask for and to verify")
	fl.StringVar(&f.caCert, "cacert", "", "trust the certificates of a PEM `FILE` instead of the system's")
	fl.StringVar(&f.cert, "cert", "", "the client's certificate, a PEM `FILE`")
	fl.StringVar(&f.key, "key", "", "the private key of --cert, a PEM `FILE`")
	fl.StringVar(&f.balanceBy, "balance-by", "", "what names the worker that answered, 'header NAME' or 'cookie NAME': `WHAT`")
}

// overrides are the flags that were given, as fields of a scenario.
func (f *reachFlags) overrides(changed func(string) bool) []scenarios.Override {
	var out []scenarios.Override
	for _, o := range []struct {
		flag, field string
		values      []string
	}{
		{"connections", "connections", []string{f.connections}},
		{"cookies", "cookies", []string{f.cookies}},
		{"balance-by", "balance_by", []string{f.balanceBy}},
		{"unix", "connection.unix", []string{f.unix}},
		{"connect-to", "connection.connect_to", f.connectTo},
		{"local-addr", "connection.local_addr", f.localAddr},
		{"cacert", "connection.cacert", []string{beside(f.caCert)}},
		{"cert", "connection.cert", []string{beside(f.cert)}},
		{"key", "connection.key", []string{beside(f.key)}},
		{"server-name", "connection.server_name", []string{f.serverName}},
		{"http2", "connection.http2", []string{strconv.FormatBool(f.http2)}},
		{"proxy", "connection.proxy", []string{f.proxy}},
		{"max-idle", "connection.max_idle", []string{strconv.FormatUint(f.maxIdle, 10)}},
		{"dial-timeout", "connection.dial_timeout", []string{f.dialTimeout.String()}},
		{"tls-timeout", "connection.tls_timeout", []string{f.tlsTimeout.String()}},
		{"first-byte-timeout", "connection.first_byte_timeout", []string{f.firstBy.String()}},
	} {
		if !changed(o.flag) {
			continue
		}
		for _, value := range o.values {
			out = append(out, scenarios.Override{Field: o.field, Value: value, From: "--" + o.flag})
		}
	}
	return out
}

// beside makes the name of a file one of the working directory: a scenario looks for files beside itself.
func beside(name string) string {
	if path, err := filepath.Abs(name); name != "" && err == nil {
		return path
	}
	return name
}

// resolveProxy replaces --proxy env by the proxy that the environment names for the target, or none.
func (f *reachFlags) resolveProxy(env *Env, target string) error {
	if f.proxy != "env" {
		return nil
	}
	f.proxy = ""
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return withHint(usage(errors.New("--proxy env: the target is not known before the scenario is read")), "name the target by --target, or the proxy by its URL")
	}
	look := func(names ...string) string {
		for _, name := range names {
			if value, _ := env.Getenv(name); value != "" {
				return value
			}
		}
		return ""
	}
	proxy := look("http_proxy", "HTTP_PROXY")
	if u.Scheme == "https" {
		proxy = look("https_proxy", "HTTPS_PROXY")
	}
	if proxy == "" || exempt(u.Hostname(), look("no_proxy", "NO_PROXY")) {
		return nil
	}
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	if _, err := url.Parse(proxy); err != nil {
		return usage(fmt.Errorf("--proxy env: what the environment names is no URL"))
	}
	f.proxy = proxy
	return nil
}

// exempt says whether a host is in a list like NO_PROXY: names, with those under them, and *.
func exempt(host, list string) bool {
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), ".")
		if name == "*" || name != "" && (strings.EqualFold(host, name) || strings.HasSuffix(strings.ToLower(host), "."+name)) {
			return true
		}
	}
	return false
}
