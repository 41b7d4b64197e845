package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

const (
	roomSize = 10
	ringSize = 12 // a peer sends to so many others, of all rooms
	greeters = 16 // sessions opened at once
)

// crowd are the peers.
type crowd struct {
	ledger *ledger
	peers  []*peer
	index  map[wire.PeerID]int
	stop   context.CancelFunc // they say no more
	leave  context.CancelFunc // they wait for answers no more
	under  sync.WaitGroup
}

func newCrowd(size int) *crowd {
	c := &crowd{ledger: newLedger(), index: map[wire.PeerID]int{}}
	for i := range size {
		p := &peer{i: i, name: wire.PeerID(fmt.Sprintf("p%d", i)), crowd: c, closes: map[string]int{}}
		p.roster.seen = map[wire.PeerID]int64{}
		c.peers = append(c.peers, p)
		c.index[p.name] = i
	}
	return c
}

func (c *crowd) room(i int) wire.RoomID { return wire.RoomID(fmt.Sprintf("room%d", i/roomSize)) }

// mates are the others in the room of peer i.
func (c *crowd) mates(i int) (mates []int) {
	for j := i - i%roomSize; j < min(len(c.peers), i-i%roomSize+roomSize); j++ {
		if j != i {
			mates = append(mates, j)
		}
	}
	return mates
}

// ring are those that peer i sends to, spread over the crowd.
func (c *crowd) ring(i int) (ring []int) {
	for k := range ringSize {
		if j := (i + 1 + k*7) % len(c.peers); j != i {
			ring = append(ring, j)
		}
	}
	return ring
}

// gather connects all peers and lets them join, and waits until each has seen its whole room.
func (c *crowd) gather(ctx context.Context, url string, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	places := make(chan struct{}, greeters)
	errs := make([]error, len(c.peers))
	var under sync.WaitGroup
	for i, p := range c.peers {
		patient := r.IntN(2) == 0
		places <- struct{}{}
		under.Go(func() {
			defer func() { <-places }()
			if errs[i] = p.connect(ctx, url, patient); errs[i] == nil {
				errs[i] = p.enter(ctx)
			}
		})
	}
	under.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, p := range c.peers {
		for !p.arm(len(c.mates(p.i))) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("not all see their rooms: %s: %w", c.blind(), ctx.Err())
			}
		}
	}
	return nil
}

// blind says who does not see whom.
func (c *crowd) blind() (list []string) {
	for _, p := range c.peers {
		p.mu.Lock()
		for _, j := range c.mates(p.i) {
			if _, ok := p.roster.seen[c.peers[j].name]; !ok {
				list = append(list, fmt.Sprintf("%s %s", p.name, c.peers[j].name))
			}
		}
		p.mu.Unlock()
	}
	return list
}

// enter joins the peer's room.
func (p *peer) enter(ctx context.Context) error {
	list, err := p.c.Join(ctx, p.crowd.room(p.i), nil)
	if err != nil {
		return fmt.Errorf("%s: join: %w", p.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range list.Peers {
		p.roster.seen[m.Peer] = m.N
	}
	return nil
}

// arm begins to take changes for flaps, once all other members have been seen.
func (p *peer) arm(members int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roster.armed = len(p.roster.seen) == members
	return p.roster.armed
}

// start lets all talk.
func (c *crowd) start(ctx context.Context, seed uint64) {
	var talking, asking context.Context
	asking, c.leave = context.WithCancel(ctx)
	talking, c.stop = context.WithCancel(asking)
	for i, p := range c.peers {
		c.under.Go(func() { p.talk(talking, asking, rand.New(rand.NewPCG(seed, uint64(1000+i)))) })
	}
}

// dismiss ends all sessions.
func (c *crowd) dismiss(ctx context.Context) {
	if c.leave != nil {
		c.leave()
		c.under.Wait()
	}
	places := make(chan struct{}, greeters)
	var under sync.WaitGroup
	for _, p := range c.peers {
		if p.c != nil {
			places <- struct{}{}
			under.Go(func() {
				defer func() { <-places }()
				if err := p.c.Close(ctx); err != nil {
					c.ledger.complain("%s: close: %v", p.name, err)
				}
				<-p.c.Done()
			})
		}
	}
	under.Wait()
}
