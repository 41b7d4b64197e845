// Package chaos shows the promises of section 6 of docs/protocol.md while everything below them fails: three aldis
// processes on one Redis, 200 peers of the Go SDK that exchange numbered signals, and a schedule, drawn from a seed, of
// pods that are killed, stopped, frozen and restarted, sockets that are cut, and a Redis that is frozen, emptied and
// failed over. Every signal is accounted for; each promise has a row in the table at the end.
//
// ALDIS_SEED draws the schedule, ALDIS_CHAOS is how long it goes on (1m; no shorter than each cause once). With -v the tables
// are shown of a test that passes too; -artifacts keeps the logs of the pods.
//
// Full service has to be back 2 s after a cause. That alone is not judged where other processes use more than 0.3 processors in that
// time; the table says so.
package chaos
