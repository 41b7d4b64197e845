package client

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

const (
	// lasted is how long a socket must have lived for the back-off to start over.
	lasted = 5 * time.Second
	// maxHasty is how many sockets in a row that did not last are replaced without a wait.
	maxHasty = 3
)

// todo is what follows the end of a socket or a failed attempt (protocol sections 2 and 5).
type todo int

const (
	backOff todo = iota
	atOnce
	giveUp
)

// verdict reads what an error asks for, and the least wait.
func verdict(err error) (todo, time.Duration) {
	var ce *CloseError
	if errors.As(err, &ce) {
		switch {
		case ce.Code.Final() || ce.Code == wire.CloseBye:
			return giveUp, 0
		case ce.Code.ReconnectNow():
			return atOnce, 0
		}
		return backOff, ce.RetryAfter
	}
	var re *RefusedError
	if errors.As(err, &re) {
		switch s := re.Status; {
		case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
			return backOff, re.RetryAfter
		}
		return giveUp, 0
	}
	return backOff, 0
}

// pace counts attempts and tells how long to wait before the next. It belongs to run.
type pace struct {
	Backoff
	rand  func() float64 // in [0, 1)
	tries int            // attempts in a row without a welcome
	exp   int            // waits since a socket that lasted
	hasty int            // replacements without a wait since then
}

func newPace(b Backoff) pace { return pace{Backoff: b, rand: rand.Float64} }

// lived notes that a welcomed socket ended after d.
func (p *pace) lived(d time.Duration) {
	if d >= lasted {
		p.exp, p.hasty = 0, 0
	}
}

// wait returns how long to wait: full jitter on top of what the gateway asked for, so that the many clients it asked
// do not come back in the same instant.
func (p *pace) wait(t todo, least time.Duration) time.Duration {
	if t == atOnce && p.hasty < maxHasty {
		p.hasty++
		return 0
	}
	ceil := p.Cap
	if p.exp < 32 && p.Base<<p.exp < p.Cap && p.Base<<p.exp > 0 {
		ceil = p.Base << p.exp
	}
	p.exp++
	return least + time.Duration(p.rand()*float64(ceil))
}
