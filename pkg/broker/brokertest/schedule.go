package brokertest

import (
	"math/rand/v2"
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
		s := &schedule{t: t, fleet: f.disturbed(), room: wire.RoomID("room" + string(rune('0'+i)))}
		if s.run.middle = actors * signalsOfActor / 2; i == 1 {
			s.run.midway, s.lossy = f.midway, f.lossy
		}
		s.play(seed)
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
	lossy    bool // what befalls the store in its middle loses writes
	actors   []*actor
	run      run
	finished atomic.Int32 // actors whose frames all have their final answer, or that failed
}

func (s *schedule) play(seed uint64) {
	s.t.Helper()
	for i := range actors {
		c := s.fleet.attach(i, s.peer(i))
		c.join(s.room, "")
		s.actors = append(s.actors, &actor{
			client: c, schedule: s, rng: rand.New(rand.NewPCG(seed, uint64(i))), mail: &mailbox{kick: make(chan struct{}, 1)},
		})
	}
	for _, a := range s.actors {
		s.run.Go(a.run)
	}
	s.run.Wait()
	for _, a := range s.actors {
		a.late.Wait()
		a.cut() // what is acked is in the inbox that it comes with, woken or not
		for a.take(100) > 0 {
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
