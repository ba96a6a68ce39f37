package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Phase is the part of an exchange in which it failed.
type Phase uint8

// The phases, in the order an exchange passes them.
const (
	PhaseRequest   Phase = iota // rendering the request; nothing was dialled or sent
	PhaseDial                   // name lookup and connect
	PhaseTLS                    // TLS handshake
	PhaseWrite                  // sending the request
	PhaseFirstByte              // waiting for the response's first byte
	PhaseHeader                 // reading the status line and the header
	PhaseBody                   // reading the body and its trailer
)

var phaseNames = [...]string{"request", "dial", "tls", "write", "first byte", "header", "body"}

// String returns the phase's name, such as "first byte".
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// Class is the kind of a failure, the same for every platform and every text.
type Class uint8

// The classes.
const (
	ClassOther       Class = iota // none of the below
	ClassRefused                  // nobody listens
	ClassReset                    // the peer reset the connection
	ClassClosed                   // the peer closed the connection before the response was complete
	ClassTimeout                  // Options.Timeout, or the context's deadline
	ClassTLS                      // handshake, certificate or record failure
	ClassDNS                      // the name did not resolve
	ClassUnreachable              // no route to the host or network
	ClassProtocol                 // the response is not HTTP/1.x, or ambiguous
	ClassTooLarge                 // the response passed a cap of Options
	ClassCanceled                 // the context was canceled, or the Transport closed
	ClassLocal                    // this machine ran out: open files, ports, memory, permissions
	ClassInvalid                  // the request can't be sent as given

	ClassDialTimeout      // Options.DialTimeout
	ClassTLSTimeout       // Options.TLSTimeout
	ClassFirstByteTimeout // Options.FirstByteTimeout
)

var classNames = [...]string{
	"other", "refused", "reset", "closed", "timeout", "tls", "dns", "unreachable",
	"protocol", "too_large", "canceled", "local", "invalid", "dial_timeout", "tls_timeout", "first_byte_timeout",
}

// String returns the class's name, a word fit for a key of a report.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "unknown"
}

// Error is why an exchange failed. Every error of [Transport.Do] is one.
//
// The text names the phase and the cause, but no address and no port, so that
// the texts of many failures are few.
type Error struct {
	Phase Phase
	Class Class
	Err   error // the cause, without the address wrapping of package net; never nil
}

// Error implements error.
func (e *Error) Error() string { return "wire: " + e.Phase.String() + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether the class is [ClassTimeout] or that of a phase's own timeout, as net.Error has it.
func (e *Error) Timeout() bool {
	switch e.Class {
	case ClassTimeout, ClassDialTimeout, ClassTLSTimeout, ClassFirstByteTimeout:
		return true
	}
	return false
}

// ErrClosed is the cause of an exchange that failed because the Transport was closed.
var ErrClosed = errors.New("transport is closed")

var (
	errTimeout    = os.ErrDeadlineExceeded
	errEarlyClose = errors.New("connection closed before the response was complete")
	errFamily     = errors.New("the source address is of another family (IPv4, IPv6) than the target's")
	// errClosedInTLS is what servers do that speak no TLS, and some that want another version or a certificate.
	errClosedInTLS = errors.New("connection closed in the handshake")
)

// protocolError is a response that breaks RFC 9112; a constant, so that failing costs nothing.
type protocolError string

func (e protocolError) Error() string { return string(e) }

// tooLargeError is a response beyond a cap of Options.
type tooLargeError string

func (e tooLargeError) Error() string { return string(e) }

// invalidError is a request that can't be sent as given.
type invalidError string

func (e invalidError) Error() string { return string(e) }

// Classify finds the class of a failure of this package or of net/http, and its cause stripped of addresses.
func Classify(err error) (Class, error) {
	var (
		malformed protocolError
		large     tooLargeError
		invalid   invalidError
	)
	switch {
	case errors.As(err, &malformed):
		return ClassProtocol, malformed
	case errors.As(err, &large):
		return ClassTooLarge, large
	case errors.As(err, &invalid):
		return ClassInvalid, invalid
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ClassClosed, errEarlyClose
	}
	if errors.Is(err, context.Canceled) {
		return ClassCanceled, context.Canceled
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		if dns.IsTimeout {
			return ClassTimeout, errTimeout
		}
		return ClassDNS, errors.New("lookup " + dns.Name + ": " + dns.Err)
	}
	if isTLS(err) {
		return ClassTLS, bare(err)
	}
	var address *net.AddrError
	if errors.As(err, &address) && address.Err == "no suitable address found" { // net has no value for it
		return ClassLocal, errFamily
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return classifyErrno(errno), errno
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return ClassTimeout, errTimeout
	case errors.Is(err, ErrClosed), errors.Is(err, net.ErrClosed): // only Close closes what is in use
		return ClassCanceled, ErrClosed
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return ClassTimeout, errTimeout
	}
	return ClassOther, bare(err)
}

func classifyErrno(errno syscall.Errno) Class {
	switch errno {
	case syscall.ECONNREFUSED, syscall.ENOENT: // ENOENT: a Unix socket that is not there
		return ClassRefused
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return ClassReset
	case syscall.ETIMEDOUT:
		return ClassTimeout
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH:
		return ClassUnreachable
	case syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.ENOBUFS,
		syscall.ENOMEM, syscall.EACCES, syscall.EPERM:
		return ClassLocal
	}
	return ClassOther
}

// isTLS reports whether err is of crypto/tls: an alert of either side, which
// comes as a net.OpError of its own, or a certificate that doesn't verify.
func isTLS(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return true
	}
	var (
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &record) || errors.As(err, &verify) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

// bare takes the address wrapping of package net off an error: its text holds
// the local port, which would make every failure a text of its own.
func bare(err error) error {
	var op *net.OpError
	for errors.As(err, &op) {
		err = op.Err
	}
	return err
}
