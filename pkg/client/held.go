package client

import "github.com/aldis-rtc/aldis/pkg/wire"

// audience is what the client knows of who is where. It is asked with Client.mu held.
type audience interface {
	// hears reports whether a signal to the room would reach the peer.
	hears(room wire.RoomID, peer wire.PeerID) bool
	// meet reports whether some peer would get both a signal to room a and one to room b.
	meet(a, b wire.RoomID) bool
}

// held is the calls that wait, as far as later ones must wait for them: those that may have a receiver in common, as a
// receiver gets signals in the order of their ids and what is sent again too late is stale (protocol sections 5 and 6),
// and those about the same room. The zero value of all but who is ready. Its sets hold each name once, so that what
// it asks of who in one look at all calls is bounded by the rooms they name and not by their number.
type held struct {
	who   audience
	calls map[wire.RoomID]bool // of a join, leave or roster
	rooms map[wire.RoomID]bool // of a signal to all others there
	peers map[wire.PeerID]bool // of a signal to that peer
	named map[wire.RoomID]bool // of a signal to one member

	// A signal that went out has its place in the order of receivers that the client cannot know: the members of its
	// room, or the rooms of its receiver, when it was first taken.
	roomSent, peerSent bool
}

// add notes a call that waits.
func (h *held) add(c *call) {
	m := &c.msg
	switch {
	case m.To != "":
		put(&h.peers, m.To)
		if m.Room != "" {
			put(&h.named, m.Room)
		}
		h.peerSent = h.peerSent || c.sent
	case m.Room == "":
	case m.Type == wire.TypeSignal:
		put(&h.rooms, m.Room)
		h.roomSent = h.roomSent || c.sent
	default:
		put(&h.calls, m.Room)
	}
}

// blocks reports whether a later call must wait for one of those held.
func (h *held) blocks(m *wire.Message) bool {
	switch {
	case h.calls[m.Room]:
		return true
	case m.Type != wire.TypeSignal:
		return h.rooms[m.Room] || h.named[m.Room]
	case m.To != "":
		return h.peers[m.To] || h.roomSent || h.rooms[m.Room] || h.anyRoom(m.To)
	}
	return h.peerSent || h.roomSent || h.rooms[m.Room] || h.named[m.Room] || h.anyOf(m.Room)
}

// anyRoom reports whether one of the rooms held reaches the peer.
func (h *held) anyRoom(peer wire.PeerID) bool {
	for room := range h.rooms {
		if h.who.hears(room, peer) {
			return true
		}
	}
	return false
}

// anyOf reports whether a signal to the room would reach one of the peers held, or a member of one of the rooms held.
func (h *held) anyOf(room wire.RoomID) bool {
	for peer := range h.peers {
		if h.who.hears(room, peer) {
			return true
		}
	}
	for other := range h.rooms {
		if h.who.meet(room, other) {
			return true
		}
	}
	return false
}

func put[K comparable](set *map[K]bool, k K) {
	if *set == nil {
		*set = map[K]bool{}
	}
	(*set)[k] = true
}

// hears is by the list that Members shows: empty before the first one, that of the lost session until the next.
func (c *Client) hears(name wire.RoomID, peer wire.PeerID) bool {
	r := c.rooms[name]
	if r == nil || peer == c.session.peer {
		return false
	}
	_, ok := r.members[peer]
	return ok
}

// meet is by the same lists.
func (c *Client) meet(a, b wire.RoomID) bool {
	few, many := c.rooms[a], b
	if few == nil || c.rooms[b] == nil {
		return false
	}
	if len(c.rooms[b].members) < len(few.members) {
		few, many = c.rooms[b], a
	}
	for peer := range few.members {
		if c.hears(many, peer) {
			return true
		}
	}
	return false
}
