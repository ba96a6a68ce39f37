package reports_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// lacking ends a test for want of a program, which continuous integration must have.
func lacking(t *testing.T, program, untested string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s on this machine, which continuous integration must have (scripts/setup.sh installs it)", program)
	}
	t.Skipf("NOT TESTED: no %s on this machine, so %s", program, untested)
}

// filter gives what a program makes of a document, and what it says of it if it does not take it.
func filter(t *testing.T, document, program string, args ...string) (out []byte, complaint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(document), &stderr
	out, err := cmd.Output()
	if err != nil {
		complaint = err.Error() + ": " + stderr.String()
	}
	return out, complaint
}
