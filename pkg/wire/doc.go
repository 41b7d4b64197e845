// Package wire holds the words of the Aldis protocol, version 1 (docs/protocol.md): names, messages, codes and limits,
// and how a message is written as JSON.
//
// It is what gateways, dialects, brokers and SDKs share, and imports nothing but the standard library. Reading what an
// untrusted client sent is stricter work and stands in pkg/dialect/native.
package wire
