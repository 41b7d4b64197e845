// Package session is one connection from its upgrade to its end: the hello, the reader, the writer, the heartbeat, the
// close. It speaks wire.Message, which a dialect's codec turns into frames, and asks the hub for everything that other
// peers can see.
//
// Goroutines: a session has one, which reads. A second one writes as long as there is something to write and then ends,
// and owns the socket's close handshake. Both are waited for before the session is forgotten. The Manager has one
// ticker for all sessions' times: hello, heartbeat, silence, a write that does not end, ICE servers, leaving.
//
// Signals are not queued here: the writer takes them from the inbox (hub.Place.Inbox), which is bounded and whose
// overflow is the sender's inbox_full. What else waits for the socket (answers, presence, receipts) is bounded by
// Config.QueueFrames and QueueBytes; when that is full the socket is closed 4102 and the session may resume. Reading
// goes on only as fast as frames are handled, so that TCP holds back a client which sends too much.
//
// Sections 3 to 5 of docs/protocol.md are the contract.
package session
