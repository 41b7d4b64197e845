// Package memory is the broker of a single pod: sessions, inboxes and rooms in this process. Nothing is installed and
// nothing outlives the process.
//
// Locks, outermost first: session.send (one per sender, so that a frame and its copy on a newer socket are taken one
// after the other), roomShard.mu, shard.mu, session.mu, graceQueue.mu. The Sink is told under roomShard.mu or session.mu,
// which is what keeps presence in the order of its versions, and the Answerer under session.send.
//
// Bounded: sessions (ErrFull), a room's members (ErrRoomFull), an inbox in count and bytes (inbox_full), and for each
// session the outcomes of its last wire.Span ids.
package memory
