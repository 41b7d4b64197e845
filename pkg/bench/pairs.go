package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Pairs is what signaling is for: two peers send each other a session description, then candidates, in both directions
// at once, and again. The first of a pair sends offers, the second answers.
type Pairs struct {
	// Pairs is how many.
	Pairs int `json:"pairs"`
	// Rate is signals a second, over all pairs and directions; 0: saturation, each session keeps Window unanswered.
	Rate float64 `json:"rate"`
	// Window is how many signals of a session may be unanswered, at most 32 (protocol section 3).
	Window int `json:"window"`
	// Candidates is how many follow each description.
	Candidates int `json:"candidates"`
	// Description and Candidate are sizes of payloads in bytes.
	Description Sizes `json:"description_bytes"`
	Candidate   Sizes `json:"candidate_bytes"`
}

// Name is "pairs".
func (Pairs) Name() string { return "pairs" }

// Validate names the first field that cannot be.
func (l Pairs) Validate() error {
	return errors.Join(checkCount("pairs", l.Pairs, 1, 100_000), checkRate("rate", l.Rate, true),
		checkCount("window", l.Window, 1, wire.Window), checkCount("candidates", l.Candidates, 0, 1000),
		l.Description.check("description-bytes"), l.Candidate.check("candidate-bytes"))
}

func (l Pairs) sockets() int    { return 2 * l.Pairs }
func (l Pairs) ports() int      { return 2 * l.Pairs }
func (Pairs) environ() []string { return nil }
func (Pairs) unit() string      { return "signals" }

func (l Pairs) describe() string {
	if l.Rate == 0 {
		return fmt.Sprintf("%d pairs at saturation, %d unanswered each", l.Pairs, l.Window)
	}
	return fmt.Sprintf("%d pairs at %g signals/s", l.Pairs, l.Rate)
}

func (l Pairs) run(ctx context.Context, b *bench) error {
	n := 2 * l.Pairs
	streams := make([]*stream, n) // by sender
	receivers := make([]*receiver, n)
	for i := range n {
		streams[i] = newStream(&b.meter.promises)
		// The partner of an even number is the next odd one.
		receivers[i^1] = &receiver{bench: b, from: b.name(i), stream: streams[i], number: i, far: b.apart(i, i^1)}
	}
	b.enter("opening")
	all, err := b.open(ctx, n, true, func(i int) client.Options {
		o := b.options()
		o.Peer, o.Handle = b.name(i), receivers[i].handle
		return o
	})
	defer all.close(ctx)
	b.crowd = all
	if err != nil {
		return err
	}
	every, limited, err := pace(l.Rate/float64(n), all.clients[0].Limits().SignalsPerSec)
	if err != nil {
		return err
	}
	b.limited = limited
	mixes := [2]*mix{l.mix(b, wire.KindOffer), l.mix(b, wire.KindAnswer)}
	senders := make([]*sender, n)
	for i, c := range all.clients {
		s := &sender{bench: b, client: c, every: every, window: l.Window,
			signal:   mixes[i%2].signals(i, b.name(i^1), streams[i]),
			answered: func(index int64, _ time.Duration, _ client.Ack, o outcome) { streams[i].answered(index, o) }}
		if every > 0 {
			s.offset = time.Duration(b.rand.Int64N(int64(every)))
		}
		senders[i] = s
	}
	return b.traffic(ctx, senders, receivers)
}

func (l Pairs) report(b *bench, r *Result) {
	r.Signals = b.signals()
	for _, c := range r.costs() {
		c.CPUPerSignal = c.per(r.Signals.Received)
	}
}

// mix is what one side of a call sends: a description, candidates, and again.
type mix struct{ kinds []*pool }

func (l Pairs) mix(b *bench, description string) *mix {
	m := &mix{kinds: []*pool{newPool(description, l.Description, b.rand)}}
	candidates := newPool(wire.KindCandidate, l.Candidate, b.rand)
	for range l.Candidates {
		m.kinds = append(m.kinds, candidates)
	}
	return m
}

// signals returns a sender.signal for one session's signals to a peer.
func (m *mix) signals(number int, to wire.PeerID, s *stream) func(time.Duration) (client.Signal, int64) {
	var data []byte // used again: Post makes a copy
	n := number     // so that not all sides begin with a description
	return func(at time.Duration) (client.Signal, int64) {
		p := m.kinds[n%len(m.kinds)]
		index := s.next()
		data = p.append(data[:0], n+n/len(m.kinds), number, index, at)
		n++
		return client.Signal{To: to, Kind: p.kind, Data: data}, index
	}
}
