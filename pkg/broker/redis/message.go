package redis

import (
	"encoding/binary"
	"errors"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// What pods tell each other is a batch: a version byte, the sending pod, the number of the batch to this receiver, and messages,
// each a kind byte and its length before it. A message of a kind that a release does not know is passed over, and what it
// does not know at the end of one it knows too: so a release adds without a new version. A batch of another version
// is counted, and the receiver reads anew what it holds, as after a gap.
const batchVersion = 1

var errBatch = errors.New("redis: a batch that this release cannot read")

type kind byte

const (
	kindWake     kind = 1 + iota // an entry in the inbox of a session
	kindLost                     // an attachment is over
	kindPresence                 // a change in a room
	kindReceipt                  // what became of a signal
	kindEcho                     // a pod to itself, through Redis
	kindVerify                   // something may have been missed: look at all that you hold
	kindStale                    // a room was written anew
)

// message is one of them; which fields it has is said by appendTo.
type message struct {
	kind kind

	addr       broker.Address
	n, k, att  int64
	head, body string
	code       wire.CloseCode

	room     wire.RoomID
	presence broker.Presence
	receipt  broker.Receipt
}

// size is about how long the message is.
func (m *message) size() int {
	return 64 + len(m.addr.Peer) + len(m.head) + len(m.body) + len(m.presence.Meta)
}

func (m *message) appendTo(b []byte) []byte {
	b = append(b, byte(m.kind))
	switch m.kind {
	case kindWake:
		b = appendAddress(b, m.addr)
		b = appendInts(b, m.n, m.k)
		b = appendText(b, m.head)
		b = appendText(b, m.body)
	case kindLost:
		b = appendAddress(b, m.addr)
		b = appendInts(b, m.n, m.att, int64(m.code))
	case kindPresence:
		b = appendText(b, string(m.addr.App))
		b = appendText(b, string(m.room))
		b = appendInts(b, m.presence.V, m.presence.N)
		b = appendText(b, m.presence.Event)
		b = appendText(b, string(m.presence.Peer))
		b = appendText(b, string(m.presence.Meta))
	case kindReceipt:
		b = appendAddress(b, m.addr)
		b = appendInts(b, m.n, m.receipt.ID, m.receipt.N)
		b = appendText(b, string(m.receipt.Peer))
		b = appendText(b, m.receipt.Status)
	case kindEcho:
		b = appendInts(b, m.k)
	case kindStale:
		b = appendText(b, string(m.addr.App))
		b = appendText(b, string(m.room))
	}
	return b
}

func appendAddress(b []byte, a broker.Address) []byte {
	return appendText(appendText(b, string(a.App)), string(a.Peer))
}

func appendInts(b []byte, all ...int64) []byte {
	for _, v := range all {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}

// parse reads one message; false where its kind is not known.
func (m *message) parse(raw string) (known bool, err error) {
	r := reader{rest: raw}
	num := func() int64 { return int64(r.uint()) }
	addr := func() broker.Address { return broker.Address{App: wire.AppID(r.text()), Peer: wire.PeerID(r.text())} }
	m.kind = kind(r.byte())
	switch m.kind {
	case kindWake:
		m.addr = addr()
		m.n, m.k, m.head, m.body = num(), num(), r.text(), r.text()
	case kindLost:
		m.addr = addr()
		m.n, m.att, m.code = num(), num(), wire.CloseCode(num())
	case kindPresence:
		m.addr.App, m.room = wire.AppID(r.text()), wire.RoomID(r.text())
		m.presence.V, m.presence.N = num(), num()
		m.presence.Event, m.presence.Peer = r.text(), wire.PeerID(r.text())
		if meta := r.text(); meta != "" {
			m.presence.Meta = []byte(meta)
		}
	case kindReceipt:
		m.addr = addr()
		m.n, m.receipt.ID, m.receipt.N = num(), num(), num()
		m.receipt.Peer, m.receipt.Status = wire.PeerID(r.text()), r.text()
	case kindEcho:
		m.k = num()
	case kindVerify:
	case kindStale:
		m.addr.App, m.room = wire.AppID(r.text()), wire.RoomID(r.text())
	default:
		return false, nil
	}
	if r.failed {
		return true, errBatch
	}
	return true, nil
}

// appendBatch starts a batch.
func appendBatch(b []byte, from string, number int64) []byte {
	return appendInts(appendText(append(b, batchVersion), from), number)
}

// appendMessage adds a message to a batch.
func appendMessage(b []byte, m *message, scratch []byte) (batch, spare []byte) {
	scratch = m.appendTo(scratch[:0])
	return append(binary.AppendUvarint(b, uint64(len(scratch))), scratch...), scratch
}

// parseBatch calls each for the messages of a batch that this release knows.
func parseBatch(raw string, each func(*message)) (from string, number int64, err error) {
	r := reader{rest: raw}
	if r.byte() != batchVersion {
		return "", 0, errBatch
	}
	from, number = r.text(), int64(r.uint())
	for r.rest != "" && !r.failed {
		var m message
		known, err := m.parse(r.text())
		if err != nil || r.failed {
			return from, number, errBatch
		}
		if known {
			each(&m)
		}
	}
	if r.failed {
		return from, number, errBatch
	}
	return from, number, nil
}
