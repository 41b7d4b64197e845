// Package cuts shows the promises of section 6 of docs/protocol.md over sockets that are cut at the worst moments: pairs of
// Go SDK clients exchange numbered signals through a real gateway while their connections are reset 10,000 times, also
// between a frame and its answer, between a welcome and its first ack, and with a welcome lost on the way.
package cuts
