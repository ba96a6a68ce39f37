// Command loadx load-tests web sites with exact page views and exact unique visitors, and counts both in access logs.
package main

import (
	"os"
	_ "time/tzdata" // --tz works on machines without a zone database

	"github.com/loadx/loadx/cmd"
)

func main() {
	os.Exit(cmd.Main())
}
