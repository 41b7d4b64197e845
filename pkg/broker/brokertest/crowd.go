package brokertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A crowd: goroutines, two for each peer so that they fight over its address, and what each of them does.
const (
	crowd       = 24
	crowdPeers  = crowd / 2
	stepsOfOne  = 150
	crowdRounds = 2
)

// testCrowd has everybody do everything at once, and then compares what a member of each room was told with what the
// rooms have come to.
func testCrowd(t *testing.T, f *fleet) {
	f = f.disturbed()
	for round := range crowdRounds {
		watchers := map[wire.RoomID]*client{}
		seen := map[wire.RoomID]broker.Roster{}
		for i, room := range []wire.RoomID{"r0", "r1"} {
			w := f.attach(i, wire.PeerID(fmt.Sprint("watcher", i)))
			watchers[room], seen[room] = w, w.join(room, "")
		}
		all := &run{middle: crowd * stepsOfOne / 2}
		if round == 0 {
			all.midway = f.midway
		}
		for i := range crowd {
			one := &individual{
				t: t, fleet: f, all: all, rng: rand.New(rand.NewPCG(uint64(round), uint64(i))), peer: wire.PeerID(fmt.Sprint("p", i/2)),
			}
			all.Go(one.run)
		}
		all.Wait()
		for room, w := range watchers {
			w.replay(room, seen[room])
		}
		for i := range crowdPeers { // whoever has won in the end goes
			req := request(wire.PeerID(fmt.Sprint("p", i)))
			req.Replace = true
			f.greet(i, req).end()
		}
		for room, w := range watchers {
			w.replay(room, seen[room])
			if r, err := w.pod.Roster(ctx(t), w.Ref, room); err != nil || len(r.Members) != 1 {
				t.Errorf("%s at last: %+v, %v", room, r, err)
			}
			w.end()
		}
		f.emptied()
	}
}

// replay follows the events of a room from a roster on: nobody joins twice or leaves twice, and the room is in the end
// what its roster says.
func (c *client) replay(room wire.RoomID, from broker.Roster) {
	c.t.Helper()
	now, err := c.pod.Roster(ctx(c.t), c.Ref, room)
	if c.fleet.midway != nil && errors.Is(err, broker.ErrFenced) {
		c.resume(0)
		c.missed = true
		now, err = c.pod.Roster(ctx(c.t), c.Ref, room)
	}
	c.must("Roster", err)
	in := make(map[wire.PeerID]int64)
	for _, m := range from.Members {
		in[m.Peer] = m.N
	}
	events, whole := c.events(room, from.V, now.V)
	if !whole {
		return // who is in the room reads its roster, as is done above
	}
	for _, p := range events {
		if p.V > now.V {
			break
		}
		switch was := in[p.Peer]; {
		case p.Event == wire.EventJoin && was == 0:
			in[p.Peer] = p.N
		case p.Event == wire.EventLeave && was == p.N:
			delete(in, p.Peer)
		case p.Event == wire.EventUpdate && was == p.N:
		default:
			c.t.Errorf("%s, version %d: %s of %s %d while %d is in", room, p.V, p.Event, p.Peer, p.N, was)
		}
	}
	for _, m := range now.Members {
		if in[m.Peer] != m.N {
			c.t.Errorf("%s: %s %d is in the roster, %d by the events", room, m.Peer, m.N, in[m.Peer])
		}
		delete(in, m.Peer)
	}
	if len(in) > 0 {
		c.t.Errorf("%s: %v are members by the events only", room, in)
	}
}

// events waits for those of a room after a version up to another, and reports whether all came: where Midway may have cost
// some, and the pod was told so or can see it, that need not be.
func (c *client) events(room wire.RoomID, after, to int64) (list []broker.Presence, whole bool) {
	c.t.Helper()
	if c.fleet.midway == nil {
		return c.pod.events(c.t, c.at(room), after, int(to-after)), true
	}
	c.pod.until(c.t, "presence or Stale", func() bool {
		last := after
		list = nil
		for _, p := range c.pod.presence[c.at(room)] {
			if p.V > after {
				list, last = append(list, p), p.V
			}
		}
		whole = int64(len(list)) >= to-after
		return whole || last >= to || c.missed || c.pod.stale[c.at(room)] > 0 || c.pod.gaps[c.Address] > 0
	})
	return list, whole
}

// individual is one of a crowd.
type individual struct {
	t     *testing.T
	fleet *fleet
	all   *run
	rng   *rand.Rand
	peer  wire.PeerID
	pod   *pod
	att   broker.Attachment
	seq   int64
	id    int64
}

func (o *individual) run() {
	for range stepsOfOne {
		o.all.step()
		if err := o.step(); err != nil {
			o.att = broker.Attachment{}
			if !errors.Is(err, broker.ErrFenced) && !errors.Is(err, broker.ErrTaken) {
				o.t.Errorf("%s: %v", o.peer, err)
				return
			}
		}
	}
}

func (o *individual) step() error {
	c := o.t.Context()
	if o.att.Att == 0 {
		return o.attach(nil)
	}
	room := wire.RoomID(fmt.Sprint("r", o.rng.IntN(2)))
	to := wire.PeerID(fmt.Sprint("p", o.rng.IntN(crowdPeers)))
	switch o.rng.IntN(12) {
	case 0:
		return o.pod.Confirm(c, o.att.Ref)
	case 1:
		if err := o.pod.Detach(c, o.att.Ref); err != nil {
			return err
		}
		return o.attach(&wire.Resume{Session: o.att.Session, Secret: o.att.Secret, Seq: o.seq})
	case 2:
		return o.attach(&wire.Resume{Session: o.att.Session, Secret: o.att.Secret, Seq: o.seq})
	case 3:
		err := o.pod.End(c, o.att.Ref)
		o.att = broker.Attachment{}
		return err
	case 4, 5, 6:
		_, err := o.pod.Join(c, o.att.Ref, room, []byte(fmt.Sprint(o.rng.IntN(3))))
		return but(err, broker.ErrRoomFull)
	case 7:
		return but(o.pod.Leave(c, o.att.Ref, room), broker.ErrNotAMember)
	case 8:
		_, err := o.pod.Roster(c, o.att.Ref, room)
		return but(err, broker.ErrNotAMember)
	case 9:
		list, err := o.pod.Inbox(c, o.att.Ref, o.seq, make([]broker.Entry, 0, 64))
		if err != nil {
			return err
		}
		o.seq += int64(len(list))
		return o.pod.Ack(c, o.att.Ref, o.seq)
	default:
		o.id++
		s := &broker.Signal{From: o.att.Ref, ID: o.id, To: to, Receipt: true, Data: quote("x")}
		if o.rng.IntN(2) == 0 {
			s.To, s.Room = "", room
		}
		o.pod.Send(c, s, deaf{})
		return nil
	}
}

// attach attaches, over whoever is there in one of two cases.
func (o *individual) attach(claim *wire.Resume) error {
	o.pod = o.fleet.pod(o.rng.IntN(8))
	a, err := o.pod.Attach(o.t.Context(), broker.AttachRequest{
		Address: broker.Address{App: app, Peer: o.peer}, Resume: claim, Replace: o.rng.IntN(2) == 0, Grace: grace,
	})
	if err != nil {
		return err
	}
	if !a.Resumed {
		o.seq, o.id = 0, 0
	}
	o.att = a
	return nil
}

// but returns err unless it is the one that may come.
func but(err, may error) error {
	if errors.Is(err, may) {
		return nil
	}
	return err
}
