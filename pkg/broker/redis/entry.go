package redis

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// An entry of an inbox is one field and its value (docs/redis.md). The field, the head, is what scripts read: "n id r peer",
// the sender's incarnation, the signal's id, "r" where a receipt is asked for and "-" where not, the sender. The value, the
// body, is binary; an empty one marks an id that was refused and must not count any more.

// entryVersion is the first byte of a body.
const entryVersion = 1

var errEntry = errors.New("redis: an entry that this release cannot read")

// head makes an entry's head.
func head(s *broker.Signal, receipt bool) string {
	return origin{s.From.Peer, s.From.N, s.ID, receipt}.head()
}

// origin is what a head says.
type origin struct {
	peer    wire.PeerID
	n, id   int64
	receipt bool
}

func (o origin) head() string {
	b := make([]byte, 0, 40+len(o.peer))
	b = strconv.AppendInt(b, o.n, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, o.id, 10)
	if o.receipt {
		b = append(b, " r "...)
	} else {
		b = append(b, " - "...)
	}
	return string(append(b, o.peer...))
}

func parseHead(h string) (o origin, err error) {
	n, rest, ok1 := strings.Cut(h, " ")
	id, rest, ok2 := strings.Cut(rest, " ")
	flag, peer, ok3 := strings.Cut(rest, " ")
	var e1, e2 error
	o.n, e1 = parseNumber(n)
	o.id, e2 = parseNumber(id)
	if !ok1 || !ok2 || !ok3 || e1 != nil || e2 != nil {
		return o, errEntry
	}
	o.peer, o.receipt = wire.PeerID(peer), flag == "r"
	return o, nil
}

// parseNumber takes what the scripts' %d+ does: digits alone.
func parseNumber(s string) (int64, error) {
	v, err := strconv.ParseUint(s, 10, 63)
	return int64(v), err
}

// body makes an entry's body.
func body(s *broker.Signal, now time.Time) string {
	b := make([]byte, 0, 16+len(s.Room)+len(s.Kind)+len(s.Data))
	b = append(b, entryVersion)
	b = binary.AppendUvarint(b, uint64(now.UnixMicro()))
	b = appendText(b, string(s.Room))
	b = appendText(b, s.Kind)
	return string(append(b, s.Data...))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// parseBody fills in what a body says.
func parseBody(raw string, e *broker.Entry) error {
	r := reader{rest: raw}
	if v := r.byte(); v != entryVersion {
		return errEntry
	}
	e.Taken = time.UnixMicro(int64(r.uint()))
	e.Room = wire.RoomID(r.text())
	e.Kind = r.text()
	if r.failed {
		return errEntry
	}
	if r.rest != "" {
		e.Data = json.RawMessage(r.rest)
	}
	return nil
}

// reader takes a binary text apart. After a fault it is failed, and all that it returns is zero.
type reader struct {
	rest   string
	failed bool
}

func (r *reader) byte() byte {
	if r.rest == "" || r.failed {
		r.failed = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uint() uint64 {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := r.byte()
		if r.failed {
			return 0
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	r.failed = true
	return 0
}

func (r *reader) text() string {
	n := r.uint()
	if r.failed || n > uint64(len(r.rest)) {
		r.failed = true
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}
