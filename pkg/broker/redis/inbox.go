package redis

import (
	"context"
	"strconv"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// Inbox implements broker.Broker. What came with a wake is here already; the rest is read from the store.
func (b *Broker) Inbox(ctx context.Context, ref broker.Ref, seq int64, buf []broker.Entry) ([]broker.Entry, error) {
	asked := int64(0)
	for {
		s, err := b.mine(ref)
		if err != nil {
			return buf, err
		}
		s.mu.Lock()
		list, more := s.box.read(max(seq, s.box.acked), buf)
		if more == 0 || len(list) > len(buf) || len(buf) == cap(buf) {
			s.mu.Unlock()
			return list, nil
		}
		top := s.box.top
		s.mu.Unlock()
		if more == asked && more <= top || ctx.Err() != nil { // what was there is not: is the session still this pod's?
			b.link.missed()
			return buf, broker.ErrUnavailable
		}
		asked = more
		if err := b.fetch(ctx, s, more); err != nil {
			return buf, err
		}
	}
}

// read appends to buf the entries after seq that are here, as many as fit. Where it came to what is not here it returns the
// number from which on the store has to be read.
func (b *box) read(seq int64, buf []broker.Entry) (list []broker.Entry, more int64) {
	list = buf
	i := b.at(seq)
	for ; i >= 0 && i < len(b.items) && len(list) < cap(list); i++ {
		it := &b.items[i]
		if it.seq == 0 {
			continue
		}
		if it.body == "" {
			return list, it.k
		}
		e, err := it.entry()
		if err != nil {
			e.Kind = "" // a later release's: its number is all that this one can tell
		}
		list = append(list, e)
		b.given = max(b.given, e.Seq)
	}
	if b.ahead() && len(list) < cap(list) {
		return list, b.top + 1
	}
	return list, 0
}

// fetch reads entries from number k on into the box.
func (b *Broker) fetch(ctx context.Context, s *session, k int64) error {
	s.mu.Lock()
	told, unsure, onward := s.box.told, s.box.unsure, k > s.box.top
	if onward {
		s.box.unsure = false // but for what comes from here on
	}
	s.mu.Unlock()
	b.metrics.reads.Inc()
	list, err := b.lane(s.keys.shard).command(ctx, s.keys.session(), "xrange", s.keys.inbox(s.ref.N), "0-"+strconv.FormatInt(k, 10), "+", "count", readAtOnce)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.box.unsure = s.box.unsure || unsure
		return err
	}
	s.box.refill(list)
	s.box.addAll(list)
	switch {
	case len(list) == readAtOnce:
		s.box.unsure = true
	case onward && s.box.told == told: // what was told and is not there is gone
		s.box.told = s.box.top
	}
	return nil
}

// refill gives entries that are known their bodies back, as far as there is room: at least the first one's.
func (b *box) refill(list []any) {
	i := 0
	first := true
	for _, raw := range list {
		k := parseID(text(at(raw, 0)))
		for i < len(b.items) && b.items[i].k < k {
			i++
		}
		if i == len(b.items) || b.items[i].k != k {
			continue
		}
		it := &b.items[i]
		body := text(at(at(raw, 1), 1))
		if it.seq == 0 || it.body != "" || !first && b.bytes+len(body) > boxBytes {
			continue
		}
		first = false
		b.drop(i, len(body))
		it.body = body
		b.bytes += len(body)
	}
}

// drop makes room for n bytes by forgetting the bodies of entries before i: they were read already.
func (b *box) drop(i, n int) {
	for j := 0; j < i && b.bytes+n > boxBytes; j++ {
		b.bytes -= len(b.items[j].body)
		b.items[j].body = ""
	}
}

// offer takes an entry that came with a wake; it is only good where nothing is missing before it.
func (b *box) offer(k int64, head, body string) {
	if k == b.top+1 && !b.ahead() && !b.frozen {
		b.addText(k, head, body)
	}
	b.told = max(b.told, k)
}
