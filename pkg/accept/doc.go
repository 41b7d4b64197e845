// Package accept is the door: it listens, answers what is not admitted, and upgrades what is. Everything that a request
// can do wrong is answered here with a status and problem+json (section 2 of docs/protocol.md) before a WebSocket exists;
// what follows is the session's.
//
// Bounded: the time and the bytes of a request's headers; the time of a keep-alive connection between requests. A panic in a
// handler ends that connection alone.
package accept
