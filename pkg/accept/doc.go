// Package accept is the door: it listens, answers what is not admitted, and upgrades what is. docs/accept.md says what it
// promises; what follows the upgrade is the session's.
//
// The way in: listener takes a connection and nothing but Close ends it (class.go judges its errors, reopen.go and reserve.go mend
// them); Door.admit finds it a place, or a moment to be told no (conn.go); Handler vets its request in the order of section 2
// of docs/protocol.md and makes it a session's. Beside it the watchdog looks at the loop's clock and the kernel's queue (glance.go),
// dials the door (selfdial.go) and says where it stands (state.go, verdict.go), which readiness and liveness follow.
//
// Bounded, each with a counter by reason: connections, those above them that are being told no, handshakes at once and a second,
// connections of one address (Config); time and bytes of a request's headers; the time of a connection kept alive; log lines a
// second. A panic in a request ends that connection alone.
package accept
