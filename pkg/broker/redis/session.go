package redis

import (
	"encoding/json"
	"hash/maphash"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// session is a session that this pod holds, attached or in its grace: enough to write it anew where the store has lost
// it.
type session struct {
	ref  broker.Ref
	keys ofPeer
	sid  string // the session id's random part

	rooms sync.Mutex // held for the whole of a Join or a Leave

	mu       sync.Mutex
	state    state
	secret   broker.SecretHash // of the last welcome
	known    broker.SecretHash // of the last that the client has shown; zero where none was
	meta     json.RawMessage
	grace    time.Duration
	in       map[wire.RoomID]membership
	box      box
	flushing bool // an ack is under way to the store
	sender   *sender
}

// membership is what a session has of a room.
type membership struct {
	meta   json.RawMessage // of its own; nil: the session's
	joined time.Time       // here
}

type state int

const (
	attached state = iota
	detaching
	parked // in its grace
	over
)

func (s *session) is(ref broker.Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ref.N == ref.N && s.ref.Att == ref.Att && s.state == attached
}

// finish ends what this pod has of the session; false where it had ended.
func (s *session) finish() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.state
	s.state = over
	return was != over
}

func (s *session) stateNow() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// list returns the rooms that the session is in.
func (s *session) list() []wire.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]wire.RoomID, 0, len(s.in))
	for r := range s.in {
		all = append(all, r)
	}
	return all
}

const sessionShards = 64

// sessions are those that this pod holds, by address.
type sessions struct {
	seed   maphash.Seed
	shards [sessionShards]struct {
		mu sync.RWMutex
		at map[broker.Address]*session
		// coming are the attaches under way, and what was lost meanwhile: it may be what they come to.
		coming map[broker.Address]*arrival
	}
}

type arrival struct {
	attaches int
	woken    bool // a wake came that nobody could take
	lost     broker.Ref
	code     wire.CloseCode
}

func (t *sessions) init() {
	t.seed = maphash.MakeSeed()
	for i := range t.shards {
		t.shards[i].at = make(map[broker.Address]*session)
		t.shards[i].coming = make(map[broker.Address]*arrival)
	}
}

func (t *sessions) get(a broker.Address) *session {
	sh := &t.shards[maphash.Comparable(t.seed, a)%sessionShards]
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.at[a]
}

// expect says that an attach is under way, until done is called.
func (t *sessions) expect(a broker.Address) (done func()) {
	sh := &t.shards[maphash.Comparable(t.seed, a)%sessionShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	one := sh.coming[a]
	if one == nil {
		one = &arrival{}
		sh.coming[a] = one
	}
	one.attaches++
	return func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		if one.attaches--; one.attaches == 0 {
			delete(sh.coming, a)
		}
	}
}

// lost says that all attachments up to ref are over, and returns the session that is one of them.
func (t *sessions) lost(ref broker.Ref, code wire.CloseCode) *session {
	sh := &t.shards[maphash.Comparable(t.seed, ref.Address)%sessionShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if one := sh.coming[ref.Address]; one != nil && !newer(one.lost, ref) {
		one.lost, one.code = ref, code
	}
	if s := sh.at[ref.Address]; s != nil && !newer(s.ref, ref) {
		return s
	}
	return nil
}

// woke says that there was a wake for an address; an attach that is under way looks for it.
func (t *sessions) woke(a broker.Address) {
	sh := &t.shards[maphash.Comparable(t.seed, a)%sessionShards]
	sh.mu.RLock()
	coming := len(sh.coming) > 0
	sh.mu.RUnlock()
	if !coming {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if one := sh.coming[a]; one != nil {
		one.woken = true
	}
}

// overtaken returns with which code a session is over that has just come.
func (t *sessions) overtaken(s *session) (code wire.CloseCode, is bool) {
	sh := &t.shards[maphash.Comparable(t.seed, s.ref.Address)%sessionShards]
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	one := sh.coming[s.ref.Address]
	if one == nil || one.lost.Att == 0 || newer(s.ref, one.lost) {
		return 0, false
	}
	return one.code, true
}

// put makes s the session of its address unless a newer attachment is, and returns the other one.
func (t *sessions) put(s *session) (other *session, ok bool) {
	sh := &t.shards[maphash.Comparable(t.seed, s.ref.Address)%sessionShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	other = sh.at[s.ref.Address]
	if other != nil && newer(other.ref, s.ref) {
		return other, false
	}
	sh.at[s.ref.Address] = s
	if one := sh.coming[s.ref.Address]; one != nil && one.woken {
		s.box.unsure = true // not yet known to anybody: no lock
	}
	return other, true
}

// newer reports whether a is a later attachment than b.
func newer(a, b broker.Ref) bool { return a.N > b.N || a.N == b.N && a.Att > b.Att }

// known reports whether the address has a session here that holds it, or may come to.
func (t *sessions) known(a broker.Address) bool {
	sh := &t.shards[maphash.Comparable(t.seed, a)%sessionShards]
	sh.mu.RLock()
	s, coming := sh.at[a], sh.coming[a] != nil
	sh.mu.RUnlock()
	return coming || s != nil && s.stateNow() != parked
}

func (t *sessions) remove(s *session) {
	sh := &t.shards[maphash.Comparable(t.seed, s.ref.Address)%sessionShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.at[s.ref.Address] == s {
		delete(sh.at, s.ref.Address)
	}
}

// all returns the sessions held at this moment.
func (t *sessions) all() []*session {
	var list []*session
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		for _, s := range sh.at {
			list = append(list, s)
		}
		sh.mu.RUnlock()
	}
	return list
}

func (t *sessions) len() int {
	n := 0
	for i := range t.shards {
		t.shards[i].mu.RLock()
		n += len(t.shards[i].at)
		t.shards[i].mu.RUnlock()
	}
	return n
}
