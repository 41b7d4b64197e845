package client

import (
	"encoding/json"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Event is what Options.Handle gets: one of the types in this file, no others.
type Event interface{ event() }

// Connected is a welcome: of the first socket, and of each one that took its place.
type Connected struct {
	Peer    wire.PeerID
	N       int64
	Session string
	// Resumed tells that it is the session there was: nothing was missed. False after the first time means that the
	// session was lost; its rooms are being joined again, a Roster comes for each.
	Resumed bool
}

// Disconnected is a socket that ended or an attempt that failed; the client goes on by itself.
type Disconnected struct {
	// Code is the close code; 1006 where there was no close frame.
	Code   wire.CloseCode
	Reason string
	// Err is what happened: *CloseError, *RefusedError, or an error of the network or of Options.Token.
	Err error
	// RetryIn is when the next attempt starts.
	RetryIn time.Duration
}

// Closed is the last event: the client has ended.
type Closed struct {
	Code   wire.CloseCode
	Reason string
	// Err is what Client.Err returns.
	Err error
}

// SignalEvent is a signal from a peer, itself included, or from a backend ("@backend").
type SignalEvent struct {
	// Seq numbers the session's signals.
	Seq  int64
	From wire.PeerID
	// N is the sender's incarnation: another N is another peer.
	N int64
	// Polite is the receiver's role towards the sender (perfect negotiation, RFC 9429 section 4).
	Polite bool
	// Room is empty for a signal that was addressed without one.
	Room wire.RoomID
	// Kind is "message" where the sender gave none.
	Kind string
	// Data is what the sender wrote, byte for byte; nil where it sent none.
	Data json.RawMessage
}

// Presence is a change in a room.
type Presence struct {
	Room  wire.RoomID
	V     int64
	Event string // wire.EventJoin, EventLeave or EventUpdate
	wire.Member
}

// Roster is who is in a room. As an event it is a list that no call asked for, after a resume, a
// gap or a room joined again: it replaces what was known.
type Roster struct {
	Room wire.RoomID
	// V is the room's version.
	V     int64
	Peers []wire.Member
}

// RoomLost is a room that could not be joined again after the session was lost.
type RoomLost struct {
	Room wire.RoomID
	Code wire.Code
}

// Receipt tells what became of a signal sent with Signal.Receipt: at most one for each receiver, never false, and it
// may be missing.
type Receipt struct {
	// ID is that of the Ack.
	ID     int64
	Peer   wire.PeerID
	N      int64
	Status string // wire.StatusDelivered or StatusDropped
}

// ICE is what an RTCPeerConnection needs: set the configuration and restart ICE when it comes as an event.
type ICE struct {
	Servers []wire.ICEServer
	// Until is when the credentials end; fresh ones come at the latest after 3/4 of their time. Zero: never.
	Until time.Time
}

// Goaway is the gateway's wish to see the client move; the client does so by itself.
type Goaway struct {
	Reason string // wire.GoawayDrain, GoawayRebalance, GoawayMaxAge or GoawayToken
	Within time.Duration
}

// Gap tells that the service lost writes: signals acked lately may be lost, restart what is pending (protocol section 6).
type Gap struct{}

func (Connected) event()    {}
func (Disconnected) event() {}
func (Closed) event()       {}
func (SignalEvent) event()  {}
func (Presence) event()     {}
func (Roster) event()       {}
func (RoomLost) event()     {}
func (Receipt) event()      {}
func (ICE) event()          {}
func (Goaway) event()       {}
func (Gap) event()          {}
