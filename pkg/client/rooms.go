package client

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

const (
	// maxHeld is how many presences a room keeps while its roster is awaited; above it they go and another roster is asked for.
	maxHeld = 256
	// maxRoster is how many peers a list in parts may have; one that is longer ends the socket.
	maxRoster = 1 << 17
	// askAgain is the least time between two rosters that the client asks for in one room.
	askAgain = time.Second
)

// room is the client's view of a room, guarded by Client.mu.
type room struct {
	name    wire.RoomID
	meta    json.RawMessage // of the join, for joining again
	joined  bool            // false until the first list is complete
	v       int64
	members map[wire.PeerID]wire.Member

	list    []wire.Member   // parts of a roster without id
	waiting bool            // a roster is awaited or incomplete: presence is held
	held    []*wire.Message // presences since then
	asked   bool            // the client's own roster frame is pending
	askedAt time.Time
}

func (r *room) roster() Roster {
	peers := make([]wire.Member, 0, len(r.members))
	for _, m := range r.members {
		peers = append(peers, m)
	}
	slices.SortFunc(peers, func(a, b wire.Member) int { return cmp.Compare(a.Peer, b.Peer) })
	return Roster{Room: r.name, V: r.v, Peers: peers}
}

func (r *room) set(v int64, peers []wire.Member) {
	r.v = v
	r.members = make(map[wire.PeerID]wire.Member, len(peers))
	for _, m := range peers {
		r.members[m.Peer] = m
	}
}

// apply takes a presence that follows the version known.
func (r *room) apply(m *wire.Message) Presence {
	p := Presence{Room: r.name, V: m.V, Event: m.Event,
		Member: wire.Member{Peer: m.Peer, N: m.N, Meta: m.Meta, Polite: m.Polite}}
	r.v = m.V
	if m.Event != wire.EventLeave {
		r.members[m.Peer] = p.Member
	} else if r.members[m.Peer].N == m.N {
		delete(r.members, m.Peer)
	}
	return p
}

// onRoster takes a list, or a part of one, of the types joined and roster.
func (c *Client) onRoster(m *wire.Message) error {
	name, list := m.Room, (*[]wire.Member)(nil)
	var of *call
	if m.ID != 0 {
		if of = c.pending.find(m.ID); of == nil {
			return nil
		}
		name, list = of.msg.Room, &of.list
	}
	r := c.rooms[name]
	if r == nil {
		r = &room{name: name, members: map[wire.PeerID]wire.Member{}}
		// The answer to a roster call may come after that of a later leave: it must not bring the room back.
		if of == nil || of.msg.Type == wire.TypeJoin {
			c.rooms[name] = r
		}
	}
	if list == nil {
		list = &r.list
	}
	if *list = append(*list, m.Peers...); len(*list) > maxRoster {
		return badFrame("a roster of more than %d peers", maxRoster)
	}
	if m.More {
		r.waiting = true
		return nil
	}
	ro := Roster{Room: name, V: m.V, Peers: *list}
	*list = nil
	if !r.joined && c.rooms[name] == r {
		c.order = append(c.order, name)
	}
	// What no call asked for holds whatever its version: after lost writes it may be lower than the one known.
	if of == nil || !r.joined || r.waiting || m.V >= r.v {
		r.set(m.V, ro.Peers)
	}
	r.joined, r.waiting = true, false
	if of != nil {
		c.pending.remove(of)
		switch {
		case of.own == forRoster:
			r.asked = false
		case of.msg.Type == wire.TypeJoin:
			r.meta = of.msg.Meta
		}
		of.finish(answer{msg: m, roster: ro})
	}
	if (of == nil || of.own != forUser) && !c.push(ro) {
		return errBacklog
	}
	held := r.held
	r.held = nil
	for _, p := range held {
		if err := c.onPresence(p); err != nil {
			return err
		}
	}
	return nil
}

// onPresence takes a change in a room: in order, or it asks for a roster.
func (c *Client) onPresence(m *wire.Message) error {
	r := c.rooms[m.Room]
	switch {
	case r == nil || m.V <= r.v && !r.waiting:
		return nil
	case !r.waiting && m.V == r.v+1:
		if !c.push(r.apply(m)) {
			return errBacklog
		}
		return nil
	case len(r.held) >= maxHeld:
		r.held = nil
		c.ask(r)
		return nil
	case !r.waiting:
		r.waiting = true
		c.ask(r)
	}
	r.held = append(r.held, m)
	return nil
}

// ask sends for the room's roster, unless that is under way.
func (c *Client) ask(r *room) {
	if r.asked || !r.joined {
		return
	}
	at := time.Now()
	if t := r.askedAt.Add(askAgain); t.After(at) {
		at = t
	}
	r.asked, r.askedAt = true, at
	c.pending.waiting = append(c.pending.waiting, &call{
		msg: wire.Message{Type: wire.TypeRoster, Room: r.name}, own: forRoster, at: at})
}

// forget drops a room from the view.
func (c *Client) forget(name wire.RoomID) {
	delete(c.rooms, name)
	c.order = slices.DeleteFunc(c.order, func(n wire.RoomID) bool { return n == name })
}
