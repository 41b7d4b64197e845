// Command aldis is a WebRTC signaling gateway, and what operators need around it: aldis --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/aldis-rtc/aldis/pkg/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end. From then on signals do what they always do: a second one ends the
	// process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
