package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Errors without details of their own.
var (
	// ErrClosed is returned by calls after Close, and by Err when Close ended the client.
	ErrClosed = errors.New("client: closed")
	// ErrSessionLost is returned for a signal that was sent but unanswered when its session ended. It may or may not
	// have arrived; the client never sends it again, because it could arrive twice.
	ErrSessionLost = errors.New("client: session lost before the answer")
	// ErrBusy is returned when MaxWaiting calls already wait to be sent.
	ErrBusy = errors.New("client: too many calls are waiting")
	// ErrNoToken is returned by Renew when Options.Token is nil.
	ErrNoToken = errors.New("client: no Token option to renew with")

	errDead     = errors.New("client: nothing came from the gateway in time")
	errBacklog  = errors.New("client: the handler fell behind")
	errReplaced = errors.New("client: socket replaced")
)

// Error is an error frame: the gateway's answer to a call (protocol section 5). The client also answers so itself
// where the gateway surely would: names and payloads that are malformed or too large.
type Error struct {
	Code wire.Code
	// Message is for people. It may be empty.
	Message string
	// RetryAfter is how long to wait before a new try; 0 where the gateway said nothing.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	if e.Message == "" {
		return "client: " + string(e.Code)
	}
	return fmt.Sprintf("client: %s: %s", e.Code, e.Message)
}

// CloseError is a socket that the gateway closed with a code (protocol section 5). As the reason of a client's end
// it has a final code, unless Options.MaxAttempts ran out.
type CloseError struct {
	Code wire.CloseCode
	// Reason is the short name, of the close frame or else of the protocol's table.
	Reason string
	// RetryAfter is what the error frame before the close asked for; 0 means nothing.
	RetryAfter time.Duration
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("client: closed by the gateway: %d %s", e.Code, e.Reason)
}

// RefusedError is an HTTP answer other than a WebSocket (protocol section 2).
type RefusedError struct {
	// Status is the HTTP status.
	Status int
	// Code is the problem's code, or the usual one of the status where the answer was no problem+json.
	Code wire.Code
	// Detail is the problem's detail, for people. It may be empty.
	Detail string
	// RetryAfter is the Retry-After header (RFC 9110 section 10.2.3); 0 where there is none.
	RetryAfter time.Duration
}

func (e *RefusedError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("client: refused: HTTP %d %s", e.Status, e.Code)
	}
	return fmt.Sprintf("client: refused: HTTP %d %s: %s", e.Status, e.Code, e.Detail)
}

func badFrame(format string, args ...any) *Error {
	return &Error{Code: wire.CodeBadFrame, Message: fmt.Sprintf(format, args...)}
}

// maxWait bounds what a gateway may ask a client to wait, so that no number overflows a timer.
const maxWait = 24 * time.Hour

// seconds reads a time of the wire: never negative, at most maxWait.
func seconds(s float64) time.Duration {
	switch {
	case !(s > 0):
		return 0
	case s >= maxWait.Seconds():
		return maxWait
	}
	return time.Duration(s * float64(time.Second))
}
