package memory

import (
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Send implements broker.Broker: it answers before it returns.
func (b *Broker) Send(_ context.Context, sig *broker.Signal, a broker.Answerer) {
	from := b.find(sig.From.Address)
	if from == nil || from.n != sig.From.N {
		return
	}
	from.send.Lock()
	defer from.send.Unlock()
	from.mu.Lock()
	fenced := from.ended || !from.attached || from.att != sig.From.Att
	from.mu.Unlock()
	if fenced {
		return
	}
	o, known := from.outcomes.check(sig)
	if !known {
		if sig.Room == "" {
			o = b.sendPeer(sig)
		} else {
			o = b.sendRoom(from, sig)
		}
		from.outcomes.keep(sig, o)
	}
	a.Answer(sig, o)
}

func (b *Broker) sendPeer(sig *broker.Signal) broker.Outcome {
	to := b.find(broker.Address{App: sig.From.App, Peer: sig.To})
	if to == nil {
		return broker.Outcome{Code: wire.CodeNoSuchPeer}
	}
	return b.put(to, sig, sig.Receipt, time.Now())
}

// put adds sig to the inbox of one session.
func (b *Broker) put(to *session, sig *broker.Signal, receipt bool, now time.Time) broker.Outcome {
	to.mu.Lock()
	defer to.mu.Unlock()
	switch {
	case to.ended || sig.ToN != 0 && sig.ToN != to.n:
		return broker.Outcome{Code: wire.CodeNoSuchPeer}
	case !to.inbox.add(sig, sig.Room, receipt, now, &b.limits):
		return broker.Outcome{Code: wire.CodeInboxFull}
	}
	b.wakeLocked(to)
	return broker.Outcome{Queued: !to.attached}
}

func (b *Broker) sendRoom(from *session, sig *broker.Signal) broker.Outcome {
	rs := b.roomShard(broker.RoomAddress{App: sig.From.App, Room: sig.Room})
	rs.mu.Lock()
	r := rs.rooms[broker.RoomAddress{App: sig.From.App, Room: sig.Room}]
	if r == nil || r.members[sig.From.Peer].session != from {
		rs.mu.Unlock()
		return broker.Outcome{Code: wire.CodeNotAMember}
	}
	targets := make([]*session, 0, len(r.members))
	if sig.To != "" {
		if m, ok := r.members[sig.To]; ok {
			targets = append(targets, m.session)
		}
	} else {
		for _, m := range r.members {
			if m.session != from {
				targets = append(targets, m.session)
			}
		}
	}
	rs.mu.Unlock()
	if sig.To != "" {
		if len(targets) == 0 {
			return broker.Outcome{Code: wire.CodeNoSuchPeer}
		}
		return b.put(targets[0], sig, sig.Receipt, time.Now())
	}
	return b.fanOut(targets, sig)
}

func (b *Broker) fanOut(targets []*session, sig *broker.Signal) broker.Outcome {
	now := time.Now()
	var out broker.Outcome
	for _, to := range targets {
		switch o := b.put(to, sig, sig.Receipt && out.Receivers < broker.MaxReceipts, now); o.Code {
		case "":
			out.Receivers++
		case wire.CodeInboxFull:
			out.Full++
		}
	}
	return out
}
