package chaos

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// The ports of pods lie below those that the kernel gives to clients: one of these must not take the port of a pod that
// is about to come back.
const (
	firstPort = 21_000
	portCount = 9_000
)

var nextPort atomic.Int64

// freeAddr returns a loopback address at which nobody listens, and none that it has returned before.
func freeAddr(t *testing.T) string {
	t.Helper()
	nextPort.CompareAndSwap(0, time.Now().UnixNano()%portCount)
	for range portCount {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+nextPort.Add(1)%portCount)
		if ln, err := net.Listen("tcp", addr); err == nil {
			if err := ln.Close(); err != nil {
				t.Fatal(err)
			}
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}
