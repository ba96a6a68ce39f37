package attack

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/loadx/loadx/attack/wire"
	"github.com/loadx/loadx/profile"
)

// classes are the profile's classes of wire's failures; what is not listed is ErrOther.
var classes = map[wire.Class]profile.ErrorClass{
	wire.ClassRefused:     profile.ErrRefused,
	wire.ClassUnreachable: profile.ErrRefused,
	wire.ClassReset:       profile.ErrReset,
	wire.ClassClosed:      profile.ErrClosed,
	wire.ClassTimeout:     profile.ErrTimeout,
	wire.ClassLocal:       profile.ErrLocal,
	wire.ClassTLS:         profile.ErrTLS,
	wire.ClassDNS:         profile.ErrDNS,
	wire.ClassProtocol:    profile.ErrProtocol,
	wire.ClassTooLarge:    profile.ErrProtocol,

	wire.ClassDialTimeout:      profile.ErrDialTimeout,
	wire.ClassTLSTimeout:       profile.ErrTLSTimeout,
	wire.ClassFirstByteTimeout: profile.ErrFirstByteTimeout,
}

// wireFailure classifies an error of package wire. Its text names phase and cause and no port, so that the texts of many
// failures are few.
func wireFailure(err error) *failure {
	var e *wire.Error
	if !errors.As(err, &e) {
		return &failure{class: profile.ErrOther, text: err.Error()}
	}
	f := &failure{class: classes[e.Class], text: e.Phase.String() + ": " + e.Err.Error()}
	if f.class == "" {
		f.class = profile.ErrOther
	}
	f.local = e.Class == wire.ClassLocal
	return f
}

// unexpected is the text of a response whose status is not the expected one.
func unexpected(status int) string {
	if text := http.StatusText(status); text != "" {
		return "status " + strconv.Itoa(status) + " " + text
	}
	return "status " + strconv.Itoa(status)
}

// tooManyRedirects is the text of a redirect that is not followed because as many were as may be.
func tooManyRedirects(status int, followed uint64) string {
	return fmt.Sprintf("status %d after %d redirects, as many as are followed", status, followed)
}
