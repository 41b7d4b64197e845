package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// The payloads of a mix: how many different ones there are, and the least bytes that the stamp leaves room for.
const (
	variants   = 16
	minPayload = 96
)

// stampHead begins every payload: {"x-bench":[stream,index,ns], …
const stampHead = `{"x-bench":[`

// appendStamp writes the beginning of a payload: which signal of which stream it is, and since when it is under way.
func appendStamp(b []byte, stream int, index int64, at time.Duration) []byte {
	b = append(b, stampHead...)
	b = strconv.AppendInt(b, int64(stream), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, index, 10)
	b = append(b, ',')
	return strconv.AppendInt(b, int64(at), 10)
}

// readStamp reads what appendStamp wrote; false for what is not ours.
func readStamp(data []byte) (stream int, index int64, at time.Duration, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte(stampHead))
	if !ok {
		return 0, 0, 0, false
	}
	var n [3]int64
	for i, end := range []byte{',', ',', ']'} {
		var err error
		j := bytes.IndexByte(rest, end)
		if j < 0 {
			return 0, 0, 0, false
		}
		if n[i], err = strconv.ParseInt(string(rest[:j]), 10, 64); err != nil {
			return 0, 0, 0, false
		}
		rest = rest[j+1:]
	}
	return int(n[0]), n[1], time.Duration(n[2]), true
}

// Sizes is a range of payload sizes in bytes, both ends included.
type Sizes struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// maxPayload leaves room in a frame of the protocol's default length for what stands around the payload.
const maxPayload = 60_000

func (s Sizes) check(name string) error {
	if s.Min < minPayload || s.Max > maxPayload || s.Min > s.Max {
		return fmt.Errorf("%s: %d-%d is no range within %d-%d", name, s.Min, s.Max, minPayload, maxPayload)
	}
	return nil
}

// pool holds payloads of one kind without their stamps.
type pool struct {
	kind  string
	tails []payload
}

type payload struct {
	size int // with the stamp
	tail []byte
}

// newPool makes the payloads of a kind, reproducible from r. Sizes are exact as long as the stamp fits.
func newPool(kind string, sizes Sizes, r *rand.Rand) *pool {
	p := &pool{kind: kind}
	body := sdpBody
	if kind == wire.KindCandidate {
		body = candidateBody
	}
	for range variants {
		p.tails = append(p.tails, payload{sizes.Min + r.IntN(sizes.Max-sizes.Min+1), body(sizes.Max, r)})
	}
	return p
}

// append writes the payload number n with a stamp, as long as it is meant to be.
func (p *pool) append(b []byte, n int, stream int, index int64, at time.Duration) []byte {
	start, one := len(b), p.tails[n%len(p.tails)]
	b = appendStamp(b, stream, index, at)
	b = append(b, `],"type":"`...)
	b = append(b, p.kind...)
	b = append(b, `","body":"`...)
	if room := one.size - (len(b) - start) - len(`"}`); room > 0 {
		b = append(b, one.tail[:room]...)
	}
	return append(b, `"}`...)
}

// sdpBody is text like a session description's (RFC 8866), as a JSON string has it, of n bytes. Line ends are spaces so
// that it may be cut anywhere; what counts here is how long it is and that it does not repeat itself.
func sdpBody(n int, r *rand.Rand) []byte {
	b := []byte("v=0 o=- ")
	b = strconv.AppendUint(b, r.Uint64(), 10)
	b = append(b, " 2 IN IP4 127.0.0.1 s=- t=0 0 a=group:BUNDLE 0 1 a=msid-semantic: WMS m=audio 9 UDP/TLS/RTP/SAVPF 111 63 "...)
	for pt := 96; len(b) < n; pt++ {
		b = append(b, "a=rtpmap:"...)
		b = strconv.AppendInt(b, int64(pt), 10)
		b = append(b, " VP8/90000 a=ssrc:"...)
		b = strconv.AppendUint(b, uint64(r.Uint32()), 10)
		b = append(b, " cname:"...)
		b = strconv.AppendUint(b, r.Uint64(), 36)
		b = append(b, ' ')
	}
	return b[:n]
}

// candidateBody is text like an ICE candidate's (RFC 8839 section 5.1), of n bytes.
func candidateBody(n int, r *rand.Rand) []byte {
	b := []byte("candidate:")
	b = strconv.AppendUint(b, uint64(r.Uint32()), 10)
	b = append(b, " 1 udp 2122260223 192.0.2.7 "...)
	b = strconv.AppendInt(b, int64(1024+r.IntN(64000)), 10)
	b = append(b, " typ host generation 0 ufrag "...)
	for len(b) < n {
		b = strconv.AppendUint(b, r.Uint64(), 36)
		b = append(b, ' ')
	}
	return b[:n]
}
