package brokertest

import (
	"slices"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// verify compares what was answered with what was read.
func (s *schedule) verify() {
	read := s.read()
	var taken, refused, stale, lost, resent, cuts int
	for _, a := range s.actors {
		resent, cuts = resent+a.resent, cuts+a.cuts
		for _, fr := range a.all {
			by := read[sent{a.Peer, fr.ID}]
			switch {
			case fr.unknown:
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
				if taken++; s.lossy && len(by) == 0 {
					lost++
					s.gapped(1, fr.To)
				} else if len(by) != 1 || !by[fr.To] {
					s.t.Errorf("%d of %s to %s is acked and read by %v", fr.ID, a.Peer, fr.To, by)
				}
			default:
				taken++
				o := fr.outcome
				missing := o.Receivers - len(by)
				if s.lossy && missing > 0 {
					lost++
					s.gapped(missing, s.others(a, by)...)
				} else if missing != 0 || !s.lossy && o.Receivers+o.Full != len(s.actors)-1 {
					s.t.Errorf("%d of %s to the room is answered %+v and read by %v", fr.ID, a.Peer, o, by)
				}
				if by[a.Peer] {
					s.t.Errorf("%d of %s to the room is read by its sender", fr.ID, a.Peer)
				}
			}
		}
	}
	s.t.Logf("%d taken, of them %d lost; %d refused, of them %d stale; %d sent again after %d cuts", taken, lost, refused, stale, resent, cuts)
	if taken == 0 || refused == 0 || resent == 0 || cuts == 0 {
		s.t.Error("a schedule in which nothing happens shows nothing")
	}
}

// read returns who has read each signal, which no incarnation did twice or out of order.
func (s *schedule) read() map[sent]map[wire.PeerID]bool {
	read := make(map[sent]map[wire.PeerID]bool)
	for _, r := range s.actors {
		last := make(map[wire.PeerID]reading)
		for _, d := range r.got {
			if l := last[d.from]; d.n == l.n && d.id <= l.id {
				s.t.Errorf("%s reads %d of %s after %d", r.Peer, d.id, d.from, l.id)
			}
			last[d.from] = d
			if read[d.sent] == nil {
				read[d.sent] = make(map[wire.PeerID]bool)
			}
			read[d.sent][r.Peer] = true
		}
	}
	return read
}

// others are the actors but a and those by whom a signal was read.
func (s *schedule) others(a *actor, by map[wire.PeerID]bool) (peers []wire.PeerID) {
	for _, r := range s.actors {
		if r != a && !by[r.Peer] {
			peers = append(peers, r.Peer)
		}
	}
	return peers
}

// gapped waits until at least need of the peers have been told Gap, over whatever pod.
func (s *schedule) gapped(need int, peers ...wire.PeerID) {
	s.t.Helper()
	told := func(peer wire.PeerID) bool {
		return slices.ContainsFunc(s.fleet.pods, func(p *pod) bool { return p.gapsOf(broker.Address{App: app, Peer: peer}) > 0 })
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		n := 0
		for _, peer := range peers {
			if told(peer) {
				n++
			}
		}
		if n >= need {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("of %q %d were told Gap, at least %d have lost a signal", peers, n, need)
		}
	}
}
