package memory

import (
	"context"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// entryOverhead is what an entry counts beside its data: names, kind and bookkeeping.
const entryOverhead = 256

// kept is an entry, and the id under which its sender wants a receipt (0: none).
type kept struct {
	broker.Entry
	receiptID int64
}

func (k *kept) size() int { return entryOverhead + len(k.Data) }

// inbox holds a session's signals from the first not acked one on, in order; all methods under session.mu.
type inbox struct {
	entries []kept
	bytes   int
	acked   int64 // number of the last acked entry; entries[i].Seq == acked+1+i
}

func (in *inbox) last() int64 { return in.acked + int64(len(in.entries)) }

// holds reports whether a client that says it has processed up to seq can go on. One that says less than it has acked has acked over an
// older socket, more quickly than it asked for this one.
func (in *inbox) holds(seq int64) bool { return seq >= 0 && seq <= in.last() }

// add appends a signal, or reports false where the inbox is full.
func (in *inbox) add(s *broker.Signal, room wire.RoomID, receipt bool, now time.Time, l *broker.Limits) bool {
	k := kept{Entry: broker.Entry{
		Seq: in.last() + 1, From: s.From.Peer, N: s.From.N, Room: room, Kind: s.Kind, Data: s.Data, Taken: now,
	}}
	if receipt {
		k.receiptID = s.ID
	}
	if len(in.entries) >= l.InboxSignals || in.bytes+k.size() > l.InboxBytes && len(in.entries) > 0 {
		return false
	}
	in.entries = append(in.entries, k)
	in.bytes += k.size()
	return true
}

// after appends to buf the entries after seq that fit its capacity.
func (in *inbox) after(seq int64, buf []broker.Entry) []broker.Entry {
	for i := max(0, seq-in.acked); i < int64(len(in.entries)) && len(buf) < cap(buf); i++ {
		buf = append(buf, in.entries[i].Entry)
	}
	return buf
}

// ack forgets the entries up to seq and returns them; valid until the next change.
func (in *inbox) ack(seq int64) []kept {
	n := int(min(max(0, seq-in.acked), int64(len(in.entries))))
	gone := in.entries[:n]
	for i := range gone {
		in.bytes -= gone[i].size()
	}
	in.acked += int64(n)
	if n == len(in.entries) {
		in.entries = nil // an idle session keeps no array
	} else if n > 0 {
		in.entries = append([]kept(nil), in.entries[n:]...)
	}
	return gone
}

func (in *inbox) drop() []kept { return in.ack(in.last()) }

// Inbox implements broker.Broker.
func (b *Broker) Inbox(_ context.Context, ref broker.Ref, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	s, err := b.of(ref)
	if err != nil {
		return buf, err
	}
	defer s.mu.Unlock()
	return s.inbox.after(seq, buf), nil
}

// Ack implements broker.Broker.
func (b *Broker) Ack(_ context.Context, ref broker.Ref, seq int64) error {
	s, err := b.of(ref)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	b.receipts(s, s.inbox.ack(seq), wire.StatusDelivered)
	return nil
}
