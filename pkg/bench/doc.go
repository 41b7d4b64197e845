// Package bench puts a gateway under load as clients do, through the Go SDK, and measures it from outside: signals a
// second, latencies, what each costs the gateway, and whether the promises of docs/protocol.md section 6 held.
//
// A Bench is one run of one scenario: Idle, Pairs, Fanout or Churn. docs/bench.md says what its figures mean.
package bench
