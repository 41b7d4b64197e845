package memory

import (
	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// outcomes remembers what became of a sender's last wire.Span ids, which is enough to answer any frame that is sent
// again: a client has no id unanswered that lies wire.Span or more below its newest.
type outcomes struct {
	top   int64 // highest id seen
	slots []record
}

type record struct {
	id   int64
	to   wire.PeerID // empty: a room
	code broker.Outcome
}

func (o *outcomes) slot(id int64) *record {
	if o.slots == nil {
		o.slots = make([]record, wire.Span)
	}
	return &o.slots[id%wire.Span]
}

// check decides about id before it is taken: known is the outcome that it has, whatever is asked now.
func (o *outcomes) check(s *broker.Signal) (known broker.Outcome, is bool) {
	if s.ID == 0 || s.ID > o.top {
		return broker.Outcome{}, false
	}
	if !s.Again {
		return broker.Outcome{Code: wire.CodeBadID}, true
	}
	if r := o.slot(s.ID); r.id == s.ID {
		return r.code, true
	}
	if s.ID+wire.Span <= o.top || o.overtaken(s) {
		return broker.Outcome{Code: wire.CodeStale}, true
	}
	return broker.Outcome{}, false
}

// overtaken reports whether a later signal was taken that may have gone to the same receiver: taking this one now would
// turn their order round.
func (o *outcomes) overtaken(s *broker.Signal) bool {
	for i := range o.slots {
		r := &o.slots[i]
		if r.id > s.ID && r.code.Code == "" && (r.to == s.To || r.to == "" || s.To == "") {
			return true
		}
	}
	return false
}

func (o *outcomes) keep(s *broker.Signal, code broker.Outcome) {
	if s.ID == 0 {
		return
	}
	o.top = max(o.top, s.ID)
	*o.slot(s.ID) = record{id: s.ID, to: s.To, code: code}
}
