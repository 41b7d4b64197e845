package brokertest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Actors of a schedule, and the signals that each sends.
const (
	actors         = 6
	signalsOfActor = 500
)

// testSchedules runs drawn schedules of sockets that are cut, answers, welcomes and frames that are lost, frames that come
// late, and inboxes that are full, and demands the promises of order, once, and acked is kept (protocol section 6).
func testSchedules(t *testing.T, f *fleet) {
	for i, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		s := &schedule{t: t, fleet: f, room: wire.RoomID("room" + string(rune('0'+i)))}
		s.run(seed)
		if s.verify(); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		for _, a := range s.actors {
			if err := a.pod.End(ctx(t), a.Ref); err != nil {
				t.Fatalf("End: %v", err)
			}
		}
	}
}

// schedule is one of them: every actor sends to every other, and all are in one room.
type schedule struct {
	t        *testing.T
	fleet    *fleet
	room     wire.RoomID
	actors   []*actor
	finished atomic.Int32 // actors whose frames all have their final answer, or that failed
}

func (s *schedule) run(seed uint64) {
	s.t.Helper()
	for i := range actors {
		c := s.fleet.attach(i, s.peer(i))
		c.join(s.room, "")
		s.actors = append(s.actors, &actor{
			client: c, schedule: s, rng: rand.New(rand.NewPCG(seed, uint64(i))), mail: &mailbox{kick: make(chan struct{}, 1)},
		})
	}
	var wg sync.WaitGroup
	for _, a := range s.actors {
		wg.Go(a.run)
	}
	wg.Wait()
	for _, a := range s.actors {
		a.late.Wait()
		for a.take(100) > 0 { // what is acked is in the inbox now
		}
	}
}

// finish says that an actor has all its answers. The others, who may wait for signals, look up.
func (s *schedule) finish() {
	s.finished.Add(1)
	for _, p := range s.fleet.pods {
		p.note(func() {})
	}
}

// peer is the name of the i-th actor.
func (s *schedule) peer(i int) wire.PeerID { return wire.PeerID("actor" + string(rune('0'+i))) }

func (s *schedule) over() bool { return int(s.finished.Load()) == len(s.actors) }

// verify compares what was answered with what was read.
func (s *schedule) verify() {
	read := make(map[sent]map[wire.PeerID]bool) // by whom
	for _, r := range s.actors {
		last := make(map[wire.PeerID]int64)
		for _, d := range r.got {
			if d.id <= last[d.from] {
				s.t.Errorf("%s reads %d of %s after %d", r.Peer, d.id, d.from, last[d.from])
			}
			last[d.from] = d.id
			if read[d] == nil {
				read[d] = make(map[wire.PeerID]bool)
			}
			read[d][r.Peer] = true
		}
	}
	var taken, refused, stale, resent, cuts int
	for _, a := range s.actors {
		resent, cuts = resent+a.resent, cuts+a.cuts
		for _, fr := range a.all {
			by := read[sent{a.Peer, fr.ID}]
			switch {
			case !fr.final:
				s.t.Errorf("%d of %s has no answer", fr.ID, a.Peer)
			case fr.outcome.Code != "":
				if refused++; fr.outcome.Code == wire.CodeStale {
					stale++
				}
				if len(by) > 0 {
					s.t.Errorf("%d of %s is answered %s and read by %v", fr.ID, a.Peer, fr.outcome.Code, by)
				}
			case fr.To != "":
				if taken++; len(by) != 1 || !by[fr.To] {
					s.t.Errorf("%d of %s to %s is acked and read by %v", fr.ID, a.Peer, fr.To, by)
				}
			default:
				taken++
				if o := fr.outcome; len(by) != o.Receivers || by[a.Peer] || o.Receivers+o.Full != len(s.actors)-1 {
					s.t.Errorf("%d of %s to the room is answered %+v and read by %v", fr.ID, a.Peer, o, by)
				}
			}
		}
	}
	s.t.Logf("%d taken, %d refused, of them %d stale; %d sent again after %d cuts", taken, refused, stale, resent, cuts)
	if taken == 0 || refused == 0 || resent == 0 || cuts == 0 {
		s.t.Error("a schedule in which nothing happens shows nothing")
	}
}
