// Command profiled is loadx with a CPU profile of itself, written to the file that LOADX_PROFILE names.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/loadx/loadx/cmd"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		code = max(code, 2)
	}
	os.Exit(code)
}

func run() (code int, err error) {
	f, err := os.Create(os.Getenv("LOADX_PROFILE"))
	if err != nil {
		return 2, err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := pprof.StartCPUProfile(f); err != nil {
		return 2, err
	}
	defer pprof.StopCPUProfile()
	return cmd.Run(context.Background(), cmd.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.LookupEnv, Now: time.Now, Exit: os.Exit,
	}), nil
}
