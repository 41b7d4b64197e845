package chaos

import (
	"time"
)

// promises are the failures that are no signals'.
type promises struct {
	flaps    int
	sessions int // lost without a cause that allows it
}

// losses are all sessions lost so far, by peer.
func (c *crowd) losses() map[int][]loss {
	all := map[int][]loss{}
	for i, p := range c.peers {
		p.mu.Lock()
		if len(p.losses) > 0 {
			all[i] = append([]loss(nil), p.losses...)
		}
		p.mu.Unlock()
	}
	return all
}

// auditLosses: a session may be lost only where the store was emptied while its socket was away.
func (c *crowd) auditLosses(o *outcome, losses map[int][]loss, everything *promises) {
	for i, list := range losses {
		for _, l := range list {
			if l.at.Before(o.began) {
				continue
			}
			if o.lossy && l.at.After(o.lossAt) && l.away.Before(o.ended.Add(2*time.Second)) {
				o.sessions++
				continue
			}
			everything.sessions++
			c.ledger.complain("%s: p%d was away at %s and its session was lost at %s: %s", o.name, i, stamp(l.away), stamp(l.at), c.trailOf(i))
		}
	}
}

// auditFlaps: nobody is seen leaving or coming whose session goes on.
func (c *crowd) auditFlaps(losses map[int][]loss, everything *promises) {
	for _, p := range c.peers {
		p.mu.Lock()
		flaps := p.roster.take()
		p.mu.Unlock()
		for _, f := range flaps {
			// One who lost its own session joins anew, and sees the others as they are.
			if excused(losses, []int{c.index[f.of], p.i}, f.at) {
				continue
			}
			everything.flaps++
			c.ledger.complain("%s saw %s at %s: %s", p.name, f.of, stamp(f.at), f.what)
		}
	}
}

// auditGaps: where the store lost writes every session is told, unless it was lost too.
func (c *crowd) auditGaps(o *outcome) {
	if !o.lossy {
		return
	}
	for _, p := range c.peers {
		p.mu.Lock()
		switch first := p.gapAfter(o.lossAt); {
		case !first.IsZero():
			o.told++
			o.lastGap = max(o.lastGap, first.Sub(o.ended))
		case !lostAfter(p.losses, o.lossAt):
			o.untold++
			c.ledger.complain("%s at %s: %s was told no gap, in state %s: %s", o.name, stamp(o.lossAt), p.name, p.c.State(), &p.trail)
		}
		p.mu.Unlock()
	}
}

// gapAfter returns the first gap after a moment. p.mu is held.
func (p *peer) gapAfter(moment time.Time) time.Time {
	for _, at := range p.gaps {
		if at.After(moment) {
			return at
		}
	}
	return time.Time{}
}

// hasGaps reports whether every peer has had a gap since moment, or another session.
func (c *crowd) hasGaps(moment time.Time) bool {
	for _, p := range c.peers {
		p.mu.Lock()
		ok := !p.gapAfter(moment).IsZero() || lostAfter(p.losses, moment)
		p.mu.Unlock()
		if !ok {
			return false
		}
	}
	return true
}
