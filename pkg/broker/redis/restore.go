package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// jump is by how much the numbers of an inbox that is written anew lie above all that were used.
const jump = 1000

// restore writes a session into a store that is another one, or was emptied: what this pod has of it, and what the store has
// already got for it. The larger attachment wins.
func (b *Broker) restore(ctx context.Context, s *session) error {
	s.mu.Lock()
	never := s.state != attached && s.known == (broker.SecretHash{}) // it would have ended with its socket
	gone := s.state == over || never
	s.mu.Unlock()
	if gone {
		if never && s.finish() {
			b.sessions.remove(s)
			b.forget(s)
		}
		return nil
	}
	s.mu.Lock()
	s.box.frozen = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.box.frozen = false
		s.mu.Unlock()
	}()
	for range attempts {
		done, err := b.restoreOnce(ctx, s)
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s gets more than can be followed", broker.ErrUnavailable, s.ref.Peer)
}

func (b *Broker) restoreOnce(ctx context.Context, s *session) (done bool, err error) {
	lane := b.lane(s.keys.shard)
	if err := b.clearOlder(ctx, s); err != nil {
		return false, err
	}
	list, err := lane.askUrgent(ctx, loadScript, []string{s.keys.session(), s.keys.inbox(s.ref.N), s.keys.marks(s.ref.N)}, s.ref.N)
	if err != nil {
		return false, err
	}
	there, _ := at(list, 2).([]any)
	seen := int64(0)
	if len(there) > 0 {
		seen = parseID(text(at(there[len(there)-1], 0)))
	}
	s.mu.Lock()
	if s.flushing { // its answer would be taken for the new inbox's
		s.mu.Unlock()
		return false, nil
	}
	box := s.box.merged(there)
	box.renumber(max(box.top, seen, number(at(list, 0))) + jump)
	args := s.restoreArgs(b.run, &box, seen)
	parkedNow := s.state != attached
	s.mu.Unlock()
	answer, err := lane.askUrgent(ctx, restoreScript, []string{
		s.keys.session(), s.keys.inbox(s.ref.N), s.keys.marks(s.ref.N), s.keys.attached(b.run), s.keys.due(),
	}, args...)
	if err != nil {
		return false, err
	}
	switch number(at(answer, 0)) {
	case 2:
		return false, nil
	case 0:
		if parkedNow {
			s.finish()
			b.sessions.remove(s)
			b.forget(s)
		} else {
			b.lost(s, wire.CloseLeaseLost)
		}
		return true, nil
	}
	s.mu.Lock()
	box.unsure = true // what came meanwhile
	s.box = box
	if s.state == detaching {
		s.state = parked
	}
	s.mu.Unlock()
	b.metrics.restored.Inc()
	b.sink.Wake(s.ref.Address)
	if parkedNow {
		b.graces.add(s, s.grace)
	}
	return true, nil
}

// restoreArgs are the arguments of restore.lua. s.mu is held.
func (s *session) restoreArgs(run string, box *box, seen int64) []any {
	held := run
	if s.state != attached {
		held = ""
	}
	fields := []any{"sid", s.sid, "sec", string(s.secret[:]), "g", s.grace.Milliseconds()}
	if s.known != (broker.SecretHash{}) {
		fields = append(fields, "con", string(s.known[:]))
	}
	if len(s.meta) > 0 {
		fields = append(fields, "meta", string(s.meta))
	}
	for r := range s.in {
		fields = append(fields, "r:"+string(r), "")
	}
	args := []any{s.ref.N, s.ref.Att, held, s.keys.address, run, seen, box.lo, box.lw, len(fields)}
	args = append(args, fields...)
	var marks []any
	for p, m := range box.marks {
		marks = append(marks, string(p), m.mark.String())
	}
	args = append(append(args, len(marks)), marks...)
	for i := range box.items {
		it := &box.items[i]
		args = append(args, it.origin.head(), it.body)
	}
	return args
}

// merged is the box after its acks, with what the store has and it has not. Of an entry whose body neither has: where its client has
// had it, it is gone with all before it, and the client cannot resume from before; else it is lost, and its number is the next one's.
func (b *box) merged(there []any) box {
	m := *b
	m.marks = make(map[wire.PeerID]*markAt, len(b.marks))
	for p, at := range b.marks {
		c := *at
		m.marks[p] = &c
	}
	m.items = slices.Clone(b.items)
	m.told, m.unsure, m.frozen = 0, false, false
	m.fold(m.folded())
	bodies := make(map[string]string, len(there)) // by head, of those that say no id by number too
	for _, raw := range there {
		kv := at(raw, 1)
		bodies[named(text(at(kv, 0)), parseID(text(at(raw, 0))))] = text(at(kv, 1))
	}
	gone := 0 // up to here the client has had them
	for i := range m.items {
		it := &m.items[i]
		if it.seq == 0 || it.body != "" {
			continue
		}
		if it.body = bodies[named(it.origin.head(), it.k)]; it.body == "" && it.seq <= b.given {
			gone = i + 1
		}
		m.bytes += len(it.body)
	}
	m.fold(gone)
	m.items = slices.DeleteFunc(m.items, func(it item) bool { return it.body == "" && !it.void })
	seq := m.lw
	for i := range m.items { // those behind a lost one, which nobody has had either, close up
		if !m.items[i].void {
			seq++
			m.items[i].seq = seq
		}
	}
	known := make(map[string]bool, len(m.items))
	for i := range m.items {
		known[named(m.items[i].origin.head(), m.items[i].k)] = true
	}
	for _, raw := range there {
		kv := at(raw, 1)
		head, body := text(at(kv, 0)), text(at(kv, 1))
		if o, err := parseHead(head); err == nil && !known[named(head, parseID(text(at(raw, 0))))] && m.above(o) {
			m.addText(m.top+1, head, body)
			if it := &m.items[len(m.items)-1]; it.seq > 0 && it.body == "" {
				it.body = body
				m.bytes += len(body)
			}
		}
	}
	return m
}

// named tells entries apart: by head, or, where their sender gave no id, by number too.
func named(head string, k int64) string {
	if strings.Contains(head, " 0 ") {
		return head + " " + strconv.FormatInt(k, 10)
	}
	return head
}

// renumber gives the entries numbers above base, as the new stream will.
func (b *box) renumber(base int64) {
	b.lo, b.top = base, base
	for i := range b.items {
		b.top++
		b.items[i].k = b.top
	}
}
