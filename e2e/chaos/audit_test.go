package chaos

import (
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Times around a lost session in which what others see of it is no failure.
const (
	seenBefore = time.Second
	seenAfter  = 5 * time.Second
	anewWithin = 10 * time.Second // after an outage: sessions that were away may still come back in vain
)

// audit takes what a phase has left in the ledger to account. The signals are those that were posted in it.
func (c *crowd) audit(o *outcome, taken []*signal, everything *promises) {
	losses := c.losses()
	c.auditLosses(o, losses, everything)
	c.auditFlaps(losses, everything)
	c.auditGaps(o)
	var lacking []int
	defer func() {
		for _, i := range lacking[:min(len(lacking), 4)] {
			c.ledger.complain("%s: %s", o.name, c.trailOf(i))
		}
	}()
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	n := &c.ledger.count
	for _, s := range taken {
		switch s.fate {
		case unanswered:
			n.unanswered++
			c.ledger.note("%s: p%d has no answer to %d for %v, posted at %s", o.name, s.from, s.n, s.to, stamp(s.posted))
		case orphaned:
			n.orphaned++
		case refused:
			c.auditRefusal(o, s, losses)
		case acked:
			n.acked++
			lacking = append(lacking, c.auditAck(o, s, losses)...)
		}
		o.time(s)
	}
}

// time notes how quick the crowd was after the cause.
func (o *outcome) time(s *signal) {
	if s.disturbed || s.fate == unanswered {
		return
	}
	if s.posted.Before(o.ended) {
		o.backlog = max(o.backlog, s.answered.Sub(o.ended))
		for _, at := range s.got {
			if !at.IsZero() {
				o.lastArrival = max(o.lastArrival, at.Sub(o.ended))
			}
		}
	} else if after := s.posted.Sub(o.ended); s.answered.Sub(s.posted) > inTime && after > o.crowdSlow {
		o.crowdSlow, o.slowest = after, s
	}
}

// auditRefusal: nothing that was refused may arrive, and nobody who is there may be said not to be. The ledger's lock is held.
func (c *crowd) auditRefusal(o *outcome, s *signal, losses map[int][]loss) {
	n := &c.ledger.count
	n.refused[s.code]++
	if s.arrived() > 0 {
		n.phantoms++
		c.ledger.note("%s: %d of p%d was refused %s and arrived", o.name, s.n, s.from, s.code)
	}
	if s.code == wire.CodeStale {
		return
	}
	if excused(losses, append([]int{s.from}, s.to...), s.answered) {
		return
	}
	if o.writesAnew(s.answered) {
		o.anew++
		return
	}
	n.wrongly++
	c.ledger.note("%s: %d of p%d for %v was refused %s at %s although all were there", o.name, s.n, s.from, s.to, s.code, stamp(s.answered))
}

// auditAck: what was acked has arrived, but for what waited for a session that ended, or was in a store that lost it. The
// ledger's lock is held. It returns who lacks what it should have.
func (c *crowd) auditAck(o *outcome, s *signal, losses map[int][]loss) (lacking []int) {
	n := &c.ledger.count
	if o.lossy {
		o.waiting += s.waitedAt(o.lossAt)
	}
	if s.room && s.receivers+s.full < len(s.to) && !excused(losses, append([]int{s.from}, s.to...), s.answered) {
		if o.writesAnew(s.answered) {
			o.anew++
		} else {
			n.shortRooms++
		}
		c.ledger.note("%s: the room of p%d was said to have %d others at %s", o.name, s.from, s.receivers, stamp(s.answered))
	}
	missing := s.missing()
	for i, who := range s.to {
		if !s.got[i].IsZero() || missing == 0 {
			continue
		}
		missing--
		switch {
		case lostAfter(losses[who], s.posted):
			n.dropped++
		case o.lossy && s.posted.Before(o.lossAt) && (s.answered.Before(o.safeFrom()) || s.disturbed):
			o.lost++ // and its receiver is told: auditGaps
		default:
			n.lost++
			lacking = append(lacking, who)
			c.ledger.lost[signalKey{s.from, s.n}] = time.Now()
			c.ledger.note("%s: p%d (%s) has not had %d of p%d: posted %s, acked %s", o.name, who, c.peers[who].c.State(), s.n, s.from, stamp(s.posted), stamp(s.answered))
		}
	}
	return lacking
}

// writesAnew reports whether the store was without its data then, or lately.
func (o *outcome) writesAnew(then time.Time) bool {
	return o.lossy && then.After(o.lossAt) && then.Before(o.ended.Add(anewWithin))
}

// excused reports whether one of who had lost its session about then.
func excused(losses map[int][]loss, who []int, then time.Time) bool {
	for _, i := range who {
		for _, l := range losses[i] {
			if then.After(l.away.Add(-seenBefore)) && then.Before(l.at.Add(seenAfter)) {
				return true
			}
		}
	}
	return false
}

// lostAfter reports whether a session that was there at a moment was lost later.
func lostAfter(losses []loss, moment time.Time) bool {
	for _, l := range losses {
		if l.at.After(moment) {
			return true
		}
	}
	return false
}

func stamp(t time.Time) string { return t.Format("15:04:05.000") }
