package accept

import (
	"net"
	"os"
	"sync"
	"time"
)

// reserve is a descriptor that is kept so that one connection can still be taken, and told no, when the process or the
// machine has none left: the last line behind the bound on connections.
type reserve struct {
	mu    sync.Mutex
	file  *os.File
	ended bool // nothing is held any more
}

// hold opens the descriptor, if it is not held, and reports whether it is or need not be. It fails while there is none to
// have; the next call tries again.
func (r *reserve) hold() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil && !r.ended {
		r.file, _ = os.Open(os.DevNull) // no descriptor now
	}
	return r.file != nil || r.ended
}

// free gives the descriptor back and reports whether there was one.
func (r *reserve) free() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return false
	}
	_ = r.file.Close()
	r.file = nil
	return true
}

// end gives the descriptor back for good.
func (r *reserve) end() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.free()
}

// shedWait bounds what shedding waits for: a connection that may be gone, and a write into its empty buffer.
const shedWait = 10 * time.Millisecond

// overloadedAnswer is what a connection is told that cannot be kept, in plain HTTP whatever the client speaks.
const overloadedAnswer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n" +
	"Content-Type: application/problem+json\r\nContent-Length: 118\r\n\r\n" +
	`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no descriptor is free","code":"overloaded"}`

// shed takes one connection with the reserve descriptor, tells it no and closes it. It reports whether it could.
func (r *reserve) shed(ln net.Listener) bool {
	timed, ok := ln.(interface{ SetDeadline(time.Time) error })
	if !ok || !r.free() {
		_ = r.hold() // for the next
		return false
	}
	defer func() { _ = r.hold() }() // or the next connection sees that it is not
	if timed.SetDeadline(time.Now().Add(shedWait)) != nil {
		return false
	}
	c, err := ln.Accept()
	_ = timed.SetDeadline(time.Time{}) // a listener that cannot is dead, which the next Accept says
	if err != nil {
		return false
	}
	tell(c)
	return true
}
