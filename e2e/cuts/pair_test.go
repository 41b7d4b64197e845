package cuts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// peer is one side of a pair: it numbers what it sends and checks what it gets.
type peer struct {
	name  wire.PeerID
	room  wire.RoomID
	c     *client.Client
	fails chan<- string

	mu       sync.Mutex
	got      []int // numbers of the other side, in the order of arrival
	presence []client.Presence
	flaps    int
	lost     int // welcomes without resume after the first
	welcomes int
	changed  chan struct{} // closed and replaced at each arrival

	sent    int          // how many numbers
	acked   map[int]bool // by number
	refused map[wire.Code]int
}

func newPeer(name wire.PeerID, room wire.RoomID, fails chan<- string) *peer {
	return &peer{name: name, room: room, fails: fails, changed: make(chan struct{}), acked: map[int]bool{}, refused: map[wire.Code]int{}}
}

func (p *peer) connect(ctx context.Context, url string, cut *cutter) (err error) {
	p.c, err = client.Connect(ctx, url, client.Options{
		Peer: p.name, Handle: p.handle, DialContext: cut.dial,
		Backoff:        client.Backoff{Base: time.Millisecond, Cap: 20 * time.Millisecond},
		ConnectTimeout: 20 * time.Second, HeartbeatGrace: 20 * time.Second,
	})
	if err != nil {
		return err
	}
	_, err = p.c.Join(ctx, p.room, nil)
	return err
}

func (p *peer) handle(ev client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case client.Connected:
		if p.welcomes++; p.welcomes > 1 && !ev.Resumed {
			p.lost++
		}
	case client.Closed:
		if ev.Err != nil && !errors.Is(ev.Err, client.ErrClosed) {
			p.fails <- fmt.Sprintf("%s ended: %v", p.name, ev.Err)
		}
	case client.Presence:
		p.presence = append(p.presence, ev)
	case client.SignalEvent:
		var n int
		if err := json.Unmarshal(ev.Data, &n); err != nil {
			p.fails <- fmt.Sprintf("%s got %s: %v", p.name, ev.Data, err)
			return
		}
		p.got = append(p.got, n)
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// talk posts signals to other, directed and through the room, until stop says so, with some to nobody between them,
// and waits for every answer. A refused number is never sent again.
func (p *peer) talk(ctx context.Context, other *peer, stop func() bool) error {
	type sent struct {
		n    int // -1: to nobody
		call *client.Posted
	}
	pipe := make(chan sent, 8) // what is posted and not answered
	answers := make(chan error, 1)
	go func() {
		var first error
		for s := range pipe {
			ack, err := s.call.Wait(ctx)
			var refusal *client.Error
			switch {
			case errors.As(err, &refusal):
				p.refused[refusal.Code]++
			case err != nil && first == nil:
				first = err
			case err == nil && s.n < 0:
				p.fails <- fmt.Sprintf("%s: a signal to nobody was acked", p.name)
			case ack.Full > 0: // of a room signal: the other's inbox was
				p.refused[wire.CodeInboxFull]++
			case err == nil:
				p.acked[s.n] = true
			}
		}
		answers <- first
	}()
	var err error
	for n := 0; err == nil && !stop(); n++ {
		s := client.Signal{To: other.name, Data: json.RawMessage(fmt.Sprint(n))}
		if n%7 == 3 {
			s.To, s.Room = "", p.room
		}
		if n%5 == 2 { // a refusal just before a signal that is taken
			if call, postErr := p.c.Post(client.Signal{To: "nobody", Data: s.Data}); postErr == nil {
				pipe <- sent{-1, call}
			}
		}
		p.sent = n + 1
		var call *client.Posted
		if call, err = p.c.Post(s); err == nil {
			pipe <- sent{n, call}
		}
	}
	close(pipe)
	return errors.Join(err, <-answers)
}

// wait returns when the last acked number of other has come.
func (p *peer) wait(ctx context.Context, other *peer) error {
	last := -1
	for n := range other.acked {
		last = max(last, n)
	}
	for {
		p.mu.Lock()
		ready := last < 0 || len(p.got) > 0 && p.got[len(p.got)-1] >= last
		changed := p.changed
		p.mu.Unlock()
		if ready {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			p.mu.Lock()
			defer p.mu.Unlock()
			return fmt.Errorf("%s waits for %d of %s and got %d, up to %d, in state %s: %w", p.name, last, other.name, len(p.got),
				p.got[len(p.got)-1], p.c.State(), ctx.Err())
		}
	}
}

// countFlaps counts the changes in the room but the other's one join: nobody has left yet.
func (p *peer) countFlaps() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, ev := range p.presence {
		if i > 0 || ev.Event != wire.EventJoin {
			p.flaps++
		}
	}
}
