package redis

import (
	"context"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// loadBox reads the inbox of a session.
func (b *Broker) loadBox(ctx context.Context, s *session) error {
	list, err := b.lane(s.keys.shard).ask(ctx, loadScript,
		[]string{s.keys.session(), s.keys.inbox(s.ref.N), s.keys.marks(s.ref.N)}, s.ref.N)
	if err != nil {
		return err
	}
	if len(list) < 4 {
		return errChanged
	}
	marks := make(map[wire.PeerID]mark)
	for p, text := range pairs(list[3]) {
		if m, ok := parseMark(text); ok {
			marks[wire.PeerID(p)] = m
		}
	}
	s.box.reset(number(list[0]), number(list[1]), marks)
	s.box.addAll(list[2])
	return nil
}

// addAll takes entries as XRANGE lists them.
func (b *box) addAll(entries any) {
	list, _ := entries.([]any)
	for _, raw := range list {
		e, _ := raw.([]any)
		kv, _ := at(e, 1).([]any)
		k := parseID(text(at(e, 0)))
		if k <= b.top || len(kv) < 2 {
			continue
		}
		b.addText(k, text(kv[0]), text(kv[1]))
	}
}

// addText takes an entry as the store has it. One that cannot be read is passed over, as every pod does.
func (b *box) addText(k int64, head, body string) {
	o, err := parseHead(head)
	if err != nil {
		b.items, b.top = append(b.items, item{k: k}), k
		return
	}
	b.add(k, o, body)
}
