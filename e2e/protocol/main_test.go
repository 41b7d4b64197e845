// Package protocol is the conformance suite of the Aldis protocol, version 1: a reading of docs/protocol.md in tests that
// know a gateway only by its socket. It starts gateways of its own; ALDIS_URL=http://host:port points it at one that runs
// elsewhere, and a test that wants other settings than that one has then says so in its log.
package protocol

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
