// Package broker is the contract between a gateway pod and what all pods share: who holds an address, what waits for
// it, who is in a room.
//
// A session lives here, not on a pod: a pod merely attaches to it while it has the peer's socket. Each attach raises the
// session's fencing token (Ref.Att); whatever an older attachment still asks for is refused with ErrFenced, so a pod
// that was frozen can wake up without harm. The inbox is the truth and a Wake only says "look": a lost or doubled Wake
// costs time, never a signal.
//
// Two implementations stand below: broker/memory for one pod and broker/redis for many. Both pass brokertest. The hub is the only
// caller. The promises behind the rules here are those of section 6 of docs/protocol.md.
package broker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Errors of a Broker. An answer to a signal carries a wire.Code instead (Outcome).
var (
	// ErrFenced: the attachment is over; its Sink has been or will be told Lost.
	ErrFenced = errors.New("broker: attachment is over")
	// ErrTaken: the address is held by a session whose secret was not shown.
	ErrTaken = errors.New("broker: address is taken")
	// ErrFull: no more sessions are kept.
	ErrFull = errors.New("broker: too many sessions")
	// ErrNotAMember: the session is not in the room.
	ErrNotAMember = errors.New("broker: not a member of the room")
	// ErrRoomFull: the room has Limits.RoomPeers sessions.
	ErrRoomFull = errors.New("broker: room is full")
	// ErrUnavailable: the store did not answer; whether the change was made is not known. Asking again is safe.
	ErrUnavailable = errors.New("broker: store is unavailable")
	// ErrClosed: the broker was closed.
	ErrClosed = errors.New("broker: closed")
)

// Broker keeps sessions, inboxes and rooms. All methods may be called concurrently. While the store is known to be away they
// fail at once with ErrUnavailable: a socket's reader waits in them, and its client's ping behind it.
type Broker interface {
	// Start begins to report to sink, once. The broker's goroutines end with Close.
	Start(ctx context.Context, sink Sink) error
	// Close ends the broker; sessions kept elsewhere live on.
	Close(ctx context.Context) error
	// Check reports whether the store answers, for readiness.
	Check(ctx context.Context) error

	// Attach opens, resumes or takes over the session at an address. The larger Att wins; the loser is told Lost.
	// After ErrUnavailable the caller holds nothing: what the store has done none the less, the broker undoes.
	// Errors: ErrTaken, ErrFull, ErrUnavailable, ErrClosed.
	Attach(ctx context.Context, req AttachRequest) (Attachment, error)
	// Confirm says that the client has shown a frame after this attachment's welcome: its secret replaces the last
	// confirmed one.
	Confirm(ctx context.Context, ref Ref) error
	// Detach says that the socket is gone: the grace begins, or the session ends where no attachment of it was ever
	// confirmed. An attachment that is over is nothing to detach: nil. After ErrUnavailable the broker goes on trying by
	// itself: this pod's lease goes on, so nothing else would end the attachment.
	Detach(ctx context.Context, ref Ref) error
	// End ends the session for good: it leaves its rooms and what waits for it is dropped.
	End(ctx context.Context, ref Ref) error

	// Inbox appends to buf the signals after number seq, in order, as many as fit buf's capacity: all that were taken before the
	// attach, and what came since once the Wake has told of it. Errors: ErrFenced,
	// ErrUnavailable (asked again after a second).
	Inbox(ctx context.Context, ref Ref, seq int64, buf []Entry) ([]Entry, error)
	// Ack says that the client has processed all up to seq, which it forgets.
	Ack(ctx context.Context, ref Ref, seq int64) error
	// Send takes a signal or refuses it and tells a, possibly before it returns, possibly on another goroutine. Calls
	// for one attachment are taken in the order of the calls, and at most wire.Window of them are without an answer. Each
	// is answered within the broker's own time limit, one with ID 0 too; only a fenced one is not, and Lost is told then. ctx
	// bounds the call, not the answer: it ends when the call returns.
	Send(ctx context.Context, s *Signal, a Answerer)

	// Join puts the session into a room, or updates its meta there (nil keeps it). The meta may be reused afterwards.
	// Errors: ErrRoomFull, ErrFenced, ErrUnavailable.
	Join(ctx context.Context, ref Ref, room wire.RoomID, meta json.RawMessage) (Roster, error)
	// Leave takes the session out of a room. Errors: ErrNotAMember, ErrFenced, ErrUnavailable.
	Leave(ctx context.Context, ref Ref, room wire.RoomID) error
	// Roster lists a room that the session is in. Errors: ErrNotAMember, ErrFenced, ErrUnavailable.
	Roster(ctx context.Context, ref Ref, room wire.RoomID) (Roster, error)
}

// Sink is told what happens to the sessions attached through this broker. Its methods never block and never call the
// broker; they are called from any goroutine. Telling too much is harmless: a Wake without a signal, a Lost of what is
// gone.
type Sink interface {
	// Wake says that signals wait in the inbox of an address.
	Wake(to Address)
	// Lost says that every attachment of ref's address up to ref.Att is over, and with which close code.
	Lost(ref Ref, code wire.CloseCode)
	// Presence is a change in a room, in the order of p.V.
	Presence(room RoomAddress, p Presence)
	// Receipt is for the incarnation n at an address, if it is attached.
	Receipt(to Address, n int64, r Receipt)
	// Gap says that the store may have lost writes that concern an address.
	Gap(to Address)
	// Stale says that changes of a room may have been missed: who is in it here reads its roster again.
	Stale(room RoomAddress)
}

// Answerer takes the outcome of a signal. It never blocks and never calls the broker.
type Answerer interface {
	Answer(s *Signal, o Outcome)
}

// Address is a peer of an app.
type Address struct {
	App  wire.AppID
	Peer wire.PeerID
}

// RoomAddress is a room of an app.
type RoomAddress struct {
	App  wire.AppID
	Room wire.RoomID
}

// Ref is one attachment of one session.
type Ref struct {
	Address
	// N is the incarnation: it grows with each new session at the address and stays through resumes.
	N int64
	// Att is the fencing token: it grows with each attachment.
	Att int64
}

// AttachRequest asks for the session at an address.
type AttachRequest struct {
	Address
	// Resume is the client's claim to a session; nil asks for a new one.
	Resume *wire.Resume
	// Replace lets the request take over an address whose secret it does not know.
	Replace bool
	// Meta is shown to the members of rooms that the session joins without other meta.
	Meta json.RawMessage
	// Grace is how long the session outlives a detach.
	Grace time.Duration
}

// Attachment is a session in the hands of this pod.
type Attachment struct {
	Ref
	// Session and Secret are what the client resumes with; the secret is new each time.
	Session, Secret string
	// Resumed: the same session, with Rooms kept and all signals after Seq waiting in the inbox.
	Resumed bool
	Seq     int64
	Rooms   []wire.RoomID
	// WrongSecret: the session of the claim is alive and its secret was not the one shown.
	WrongSecret bool
}

// Signal is one signal on its way to a peer or a room. The broker keeps Kind and Data; the rest is read only during Send and Answer.
type Signal struct {
	From Ref
	// ID is the client's number: with 0 the client is told nothing and nothing is deduplicated.
	ID    int64
	Again bool
	// To is a peer; with Room, that member only. ToN, unless 0, is the only incarnation that may receive it.
	To      wire.PeerID
	ToN     int64
	Room    wire.RoomID
	Receipt bool
	Kind    string
	Data    json.RawMessage
}

// Outcome is what became of a signal.
type Outcome struct {
	// Code is empty where the signal is kept for its receiver.
	Code wire.Code
	// Queued: the receiver has no live socket.
	Queued bool
	// Receivers and Full count a room's members that it is kept for, and those whose inboxes were full.
	Receivers, Full int
	// RetryAfter goes with CodeUnavailable.
	RetryAfter time.Duration
}

// Entry is a signal in an inbox.
type Entry struct {
	// Seq numbers a session's signals from 1, without gaps.
	Seq  int64
	From wire.PeerID
	N    int64
	Room wire.RoomID
	Kind string
	Data json.RawMessage
	// Taken is when the signal was taken.
	Taken time.Time
}

// Roster is a room at one version. Versions grow by 1 with each change and never go back, not even when a room was
// empty in between: a late event of the old room must not silence the new one.
type Roster struct {
	V       int64
	Members []Member
}

// Member is a session in a room.
type Member struct {
	Peer wire.PeerID
	N    int64
	Meta json.RawMessage
}

// Presence is one change in a room; V is the room's version after it.
type Presence struct {
	V     int64
	Event string // wire.EventJoin, EventLeave or EventUpdate
	Member
}

// Receipt tells a sender what became of its signal ID at a receiver.
type Receipt struct {
	ID     int64
	Peer   wire.PeerID
	N      int64
	Status string // wire.StatusDelivered or StatusDropped
}

// MaxReceipts is how many members' receipts a room signal brings.
const MaxReceipts = 32
