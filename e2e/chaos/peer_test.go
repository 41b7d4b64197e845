package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

const (
	between  = 700 * time.Millisecond // two signals of a peer, on average
	roomOdds = 20                     // one signal in so many is for the room
)

// peer is one of the crowd: it numbers what it sends, and all that comes to it is accounted for.
type peer struct {
	i      int
	name   wire.PeerID
	crowd  *crowd
	c      *client.Client
	cuts   atomic.Int64 // sockets of its that the test has cut
	open   atomic.Int32 // signals that are not answered
	asking sync.WaitGroup

	mu     sync.Mutex
	gate   chan struct{} // shut until it is closed; nil: open
	addr   string        // of the last socket, as the balancer sees it
	away   time.Time     // since when it has no socket
	downs  int64         // sockets that ended
	losses []loss
	gaps   []time.Time
	closes map[string]int
	roster attendance
	trail  trail
}

// loss is a session that was not resumed.
type loss struct{ away, at time.Time }

// connect opens the session. One peer in two looks after its socket, and notices a pod that is frozen; the others wait.
func (p *peer) connect(ctx context.Context, url string, patient bool) (err error) {
	grace := 3 * time.Second // a gateway may need two to see that its Redis is gone
	if patient {
		grace = time.Minute
	}
	p.c, err = client.Connect(ctx, url, client.Options{
		Peer: p.name, Handle: p.handle, DialContext: p.dial, Backoff: quick,
		ConnectTimeout: 2 * time.Second, HeartbeatGrace: grace, CloseTimeout: 20 * time.Second,
	})
	return err
}

// quick is the back-off of clients that do not want to wait longer than what they are to show takes.
var quick = client.Backoff{Base: 50 * time.Millisecond, Cap: 300 * time.Millisecond}

func (p *peer) handle(ev client.Event) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trail.add(now, ev)
	switch ev := ev.(type) {
	case client.Connected:
		if !ev.Resumed && p.roster.armed {
			p.losses = append(p.losses, loss{p.away, now})
		}
		p.away = time.Time{}
	case client.Disconnected:
		if p.away.IsZero() {
			p.away = now
			p.downs++
		}
		p.closes[fmt.Sprintf("%d %s", ev.Code, ev.Reason)]++
	case client.Closed:
		if !errors.Is(ev.Err, client.ErrClosed) {
			p.crowd.ledger.complain("%s ended: %v: %s", p.name, ev.Err, &p.trail)
		}
	case client.RoomLost:
		p.crowd.ledger.complain("%s lost its room: %s", p.name, ev.Code)
	case client.Gap:
		p.gaps = append(p.gaps, now)
	case client.Presence:
		p.roster.change(now, ev)
	case client.Roster:
		p.roster.list(now, ev)
	case client.SignalEvent:
		n, err := strconv.Atoi(string(ev.Data))
		from, known := p.crowd.index[ev.From]
		if err != nil || !known {
			p.crowd.ledger.complain("%s got %s of %s", p.name, ev.Data, ev.From)
			return
		}
		p.crowd.ledger.arrive(from, n, p.i)
	}
}

// backlog is how many unanswered signals keep a peer from another one, as they would a person.
const backlog = 8

// talk posts signals until ctx ends, and waits for every answer as long as answers does.
func (p *peer) talk(ctx, answers context.Context, r *rand.Rand) {
	defer p.asking.Wait()
	timer := time.NewTimer(time.Duration(r.Int64N(int64(between))))
	defer timer.Stop()
	for n := 1; ; n++ {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		timer.Reset(between/2 + time.Duration(r.Int64N(int64(between))))
		if p.open.Load() < backlog {
			p.say(answers, n, r)
		}
	}
}

func (p *peer) say(answers context.Context, n int, r *rand.Rand) {
	s := &signal{from: p.i, n: n, cuts: p.cuts.Load()}
	ask := client.Signal{Data: json.RawMessage(strconv.Itoa(n))}
	mates := p.crowd.mates(p.i)
	if r.IntN(roomOdds) == 0 {
		s.to, s.room, ask.Room = mates, true, p.crowd.room(p.i)
	} else {
		ring := p.crowd.ring(p.i)
		s.to = []int{ring[r.IntN(len(ring))]}
		ask.To = p.crowd.peers[s.to[0]].name
	}
	p.crowd.ledger.post(s)
	call, err := p.c.Post(ask)
	if err != nil {
		p.crowd.ledger.busy(s)
		return
	}
	p.open.Add(1)
	p.asking.Go(func() {
		ack, err := call.Wait(answers)
		p.open.Add(-1)
		var refusal *client.Error
		switch {
		case errors.As(err, &refusal):
			p.crowd.ledger.answer(s, ack, refusal.Code, false, p.cuts.Load())
		case errors.Is(err, client.ErrSessionLost):
			p.crowd.ledger.answer(s, ack, "", true, p.cuts.Load())
		case err == nil:
			p.crowd.ledger.answer(s, ack, "", false, p.cuts.Load())
		}
	})
}
