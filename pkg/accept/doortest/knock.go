package doortest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

// Outcome is what became of a well-behaved client.
type Outcome string

// The outcomes. All but the first three are a broken promise.
const (
	Welcomed Outcome = "welcomed"
	Refused  Outcome = "503 with Retry-After" // and problem+json
	Reset    Outcome = "reset"
	Silent   Outcome = "left in silence"
	Odd      Outcome = "something else"
)

// Clear reports whether a client knows where it stands.
func (o Outcome) Clear() bool { return o == Welcomed || o == Refused || o == Reset }

// Visit is one client's.
type Visit struct {
	Outcome Outcome
	Took    time.Duration   // until the outcome
	Conn    *websocket.Conn // after a welcome; the caller leaves
	Err     error
}

// one makes a connection for each request. Whose certificate it is does not matter here.
var one = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // see above

// Knock connects, says hello and waits for the welcome, altogether at most patience.
func Knock(ctx context.Context, url string, patience time.Duration) Visit {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	conn, err := greet(ctx, url)
	v := Visit{Outcome: Welcomed, Took: time.Since(began), Conn: conn, Err: err}
	var problem *refusal
	switch {
	case err == nil:
	case errors.As(err, &problem):
		v.Outcome = problem.outcome()
	case ctx.Err() != nil:
		v.Outcome = Silent
	case ended(err):
		v.Outcome = Reset
	default:
		v.Outcome = Odd
	}
	return v
}

// ended reports whether an error says that the gateway ended the connection. The HTTP client has no name for an answer that was
// there before its request, which a gateway without descriptors gives, and an end behind it.
func ended(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "readLoopPeekFailLocked") || strings.Contains(err.Error(), "server closed idle connection")
}

// greet returns a socket that has had its welcome.
func greet(ctx context.Context, url string) (*websocket.Conn, error) {
	conn, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: one, Subprotocols: []string{"aldis.v1"}})
	if err != nil {
		if resp != nil {
			return nil, &refusal{resp}
		}
		return nil, err
	}
	if err = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"hello"}`)); err == nil {
		var b []byte
		if _, b, err = conn.Read(ctx); err == nil && !strings.Contains(string(b), `"type":"welcome"`) {
			err = fmt.Errorf("no welcome: %s", b)
		}
	}
	if err != nil {
		_ = conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

// Leave says bye and waits for the gateway to close.
func Leave(ctx context.Context, conn *websocket.Conn) error {
	defer func() { _ = conn.CloseNow() }()
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"bye"}`)); err != nil {
		return err
	}
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
				return nil
			}
			return err
		}
	}
}

// Crowd brings n clients at once and returns each one's visit. Those that were welcomed stay.
func Crowd(ctx context.Context, url string, n int, patience time.Duration) []Visit {
	visits := make([]Visit, n)
	var wg sync.WaitGroup
	for i := range visits {
		wg.Go(func() { visits[i] = Knock(ctx, url, patience) })
	}
	wg.Wait()
	return visits
}

// refusal is an answer that is no 101.
type refusal struct{ resp *http.Response }

// Error implements error.
func (r *refusal) Error() string {
	return fmt.Sprintf("%s, Content-Type %q, Retry-After %q", r.resp.Status, r.resp.Header.Get("Content-Type"), r.resp.Header.Get("Retry-After"))
}

// outcome holds an answer to section 2 of docs/protocol.md.
func (r *refusal) outcome() Outcome {
	var problem struct {
		Status int
		Code   string
	}
	err := json.NewDecoder(r.resp.Body).Decode(&problem) // the library keeps the first KiB of it
	if err != nil || r.resp.StatusCode != http.StatusServiceUnavailable || problem.Status != r.resp.StatusCode || problem.Code != "overloaded" ||
		r.resp.Header.Get("Content-Type") != "application/problem+json" || r.resp.Header.Get("Retry-After") == "" {
		return Odd
	}
	return Refused
}
