package cmd_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/loadx/loadx/cmd"
)

// A command runs in a world of its own: here without files, environment or a terminal.
func ExampleRun() {
	code := cmd.Run(context.Background(), cmd.Env{
		Args:  []string{"plan", "http://127.0.0.1:8080/", "--pv", "3", "--uv", "2", "--rate", "1/s", "--hits", "all"},
		Stdin: strings.NewReader(""), Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: func(string) (string, bool) { return "", false }, Now: time.Now, Exit: os.Exit,
	})
	fmt.Println("exit code", code)
	// Output:
	// 0 0 1 GET http://127.0.0.1:8080/
	// 1 1000000000 0 GET http://127.0.0.1:8080/
	// 2 2000000000 1 GET http://127.0.0.1:8080/
	// exit code 0
}
