package accept

import (
	"net"
	"time"
)

// reopen replaces a dead socket by one on the same address, however often that takes. It begins after a pause, which is
// what keeps sockets that die as soon as they are opened from being all that the loop does.
func (l *listener) reopen(dead net.Listener, pause time.Duration) {
	l.reopening.Store(true)
	defer l.reopening.Store(false)
	_ = dead.Close() // it may be closed already
	began := time.Now()
	if pause > 0 {
		l.wait(pause)
	}
	pause = relistenFirst
	for l.ctx.Err() == nil {
		ln, err := l.listen(l.ctx, l.addr.String())
		if err == nil {
			l.mu.Lock()
			if l.closed {
				_ = ln.Close()
			}
			l.ln = ln
			l.mu.Unlock()
			l.metrics.reopenings.Inc()
			l.warn("accept: listening again", "address", l.addr.String(), "took", time.Since(began))
			return
		}
		l.warn("accept: cannot listen again yet", "address", l.addr.String(), "err", err)
		l.wait(pause)
		pause = min(2*pause, relistenMost)
	}
}

// renew makes the loop open its socket anew: closing the one in use ends the Accept that waits in it.
func (l *listener) renew() {
	if ln, open := l.current(); open && !l.reopening.Load() {
		_ = ln.Close()
	}
}
