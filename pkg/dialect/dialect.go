// Package dialect is the contract of a wire protocol that clients speak to a gateway. A dialect translates between its
// frames and wire.Message and does nothing else: no I/O, no clock, no goroutine, no state but its own connection's.
// Sessions, rooms, order and resume are the same for all of them, and stand above.
package dialect

import (
	"net/http"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Dialect is one protocol.
type Dialect interface {
	// Name labels logs and metrics: [a-z-]{1,32}.
	Name() string
	// Match reports whether a request is for this dialect, by its path alone.
	Match(r *http.Request) bool
	// Open reads what the request's URL and headers say, before anything is vetted. The error is a *wire.Problem.
	Open(r *http.Request) (Opening, error)
}

// Opening is a request for a connection, as its dialect reads it.
type Opening struct {
	App wire.AppID
	// Token is the bearer token that the client sent, empty without one.
	Token string
	// Subprotocol is the one to select, empty for none.
	Subprotocol string
	Codec       Codec
}

// Codec translates the frames of one connection. Decode is called by one goroutine, in the order of the frames. Encode is
// called by several at once, in no order that the client sees: a codec whose words depend on what was said before keeps
// that under a lock of its own, and learns it in Decode.
type Codec interface {
	// Decode reads one text frame, which is valid UTF-8, into m. Its slices may point into frame. The error is an
	// *Error.
	Decode(frame []byte, m *wire.Message) error
	// Encode appends the frame that says m, or nothing where the dialect has no words for it.
	Encode(dst []byte, m *wire.Message) []byte
}

// Error is a frame that could not be read.
type Error struct {
	// ID is the frame's id where that could be read, else 0.
	ID   int64
	Code wire.Code
	// Text says in a sentence what is wrong, for the client's author.
	Text string
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }
