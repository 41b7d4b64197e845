// Package door shows that the door stays open: the real aldis, as a process of its own, short of descriptors, beset by bad
// clients, frozen, and with a new certificate, while sessions go on and probes are answered. docs/accept.md says what
// is promised; hack/soak does all of it at once for as long as one likes.
package door
