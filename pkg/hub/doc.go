// Package hub knows who sits on this pod. It is the only caller of the broker and the broker's Sink: what a session asks goes
// down through its Place, what the broker tells comes up to its Seat.
//
// It also puts right what may come in the wrong order over a network: a presence that overtakes the roster it builds on
// is held until the session has answered its client (Place.Settle), one that the roster already holds is left out, and where
// one is missing the seat is told that the room is stale.
//
// Bounded: at most maxHeld presences are held for a place; then the socket is closed slow_consumer and may resume,
// which brings whole rosters.
package hub
