// Command lvsctl gives Linux Virtual Server administrators one tool.
package main

import (
	"os"

	"github.com/lvsctl/lvsctl/cmd"
)

// version is set when a release is linked.
var version = "devel"

func main() {
	os.Exit(cmd.Main(os.Args, version, cmd.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
