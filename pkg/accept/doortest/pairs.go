package doortest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Pairs are sessions of the Go SDK that talk in twos, each signal of which is accounted for.
type Pairs struct {
	peers   []*peer
	quit    chan struct{}
	cancel  context.CancelFunc
	talking sync.WaitGroup
	began   time.Time

	mu    sync.Mutex
	wrong []string
}

// Account is what became of the sessions and their signals.
type Account struct {
	Sessions, SessionsLost                 int
	Sockets                                int // welcomes, the first ones included
	Sent, Acked, Refused                   int
	Lost, Doubled, Reordered, Contradicted int           // Contradicted: refused and delivered all the same
	Gap                                    time.Duration // longest time in which a session got nothing
	Codes                                  map[wire.Code]int
	Wrong                                  []string
}

// Talk connects n pairs to url; every peer sends a signal at each beat, until Stop.
func Talk(ctx context.Context, url string, n int, every time.Duration) (*Pairs, error) {
	p := &Pairs{quit: make(chan struct{}), began: time.Now()}
	for i := range 2 * n {
		one := &peer{name: wire.PeerID(fmt.Sprintf("pair%d-%d", i/2, i%2)), fail: p.complain, last: -1,
			changed: make(chan struct{}), codes: map[wire.Code]int{}}
		if err := one.connect(ctx, url); err != nil {
			for _, before := range p.peers {
				_ = before.c.Close(ctx)
			}
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
		p.peers = append(p.peers, one)
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for i, one := range p.peers {
		p.talking.Go(func() { one.talk(ctx, p.peers[i^1], every, p.quit) })
	}
	return p, nil
}

// Cut resets the socket of session i, modulo how many there are. It resumes.
func (p *Pairs) Cut(i int) { p.peers[i%len(p.peers)].cut() }

// Advance waits until every session has got n more signals than now: proof that they go on.
func (p *Pairs) Advance(ctx context.Context, n int) error {
	goals := make([]int, len(p.peers))
	for i, one := range p.peers {
		one.mu.Lock()
		goals[i] = one.last + n
		one.mu.Unlock()
	}
	for i, one := range p.peers {
		if err := one.reach(ctx, goals[i]); err != nil {
			return err
		}
	}
	return nil
}

// reach waits until a number that high has come.
func (p *peer) reach(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		last, changed := p.last, p.changed
		p.mu.Unlock()
		if last >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s is %s and got %d, not %d: %w", p.name, p.c.State(), last, n, ctx.Err())
		}
	}
}

// Stop ends the talk, waits at most patience for what is under way, and accounts for all of it.
func (p *Pairs) Stop(ctx context.Context, patience time.Duration) Account {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stop := context.AfterFunc(ctx, p.cancel)
	defer stop()
	close(p.quit)
	p.talking.Wait()
	for i, one := range p.peers {
		if err := one.reach(ctx, bytes.LastIndexByte(p.peers[i^1].outcomes, acked)); err != nil {
			p.complain(err.Error())
		}
	}
	var closing sync.WaitGroup
	for _, one := range p.peers {
		closing.Go(func() {
			if err := one.c.Close(ctx); err != nil {
				p.complain(fmt.Sprintf("%s: close: %v", one.name, err))
			}
			<-one.c.Done()
		})
	}
	closing.Wait()
	p.cancel()
	return p.account()
}

func (p *Pairs) account() Account {
	a := Account{Sessions: len(p.peers), Codes: map[wire.Code]int{}}
	for i, one := range p.peers {
		other := p.peers[i^1]
		a.SessionsLost += one.lost
		a.Sockets += one.welcomes
		a.Sent += other.sent
		a.Reordered += one.behind
		a.Gap = max(a.Gap, one.gap)
		for code, n := range one.codes {
			a.Codes[code] += n
		}
		for n := range max(other.sent, len(one.came)) {
			outcome, times := unknown, 0
			if n < len(other.outcomes) {
				outcome = other.outcomes[n]
			}
			if n < len(one.came) {
				times = int(one.came[n])
			}
			a.Doubled += max(0, times-1)
			switch outcome {
			case acked:
				a.Acked++
				if times == 0 {
					a.Lost++
				}
			case refused:
				a.Refused++
				a.Contradicted += min(times, 1)
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a.Wrong = slices.Clone(p.wrong)
	return a
}

// Progress is how many signals the sessions have got so far.
func (p *Pairs) Progress() (got int) {
	for _, one := range p.peers {
		one.mu.Lock()
		got += one.last + 1
		one.mu.Unlock()
	}
	return got
}

func (p *Pairs) complain(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wrong) < maxComplaints {
		p.wrong = append(p.wrong, time.Since(p.began).Round(time.Millisecond).String()+" "+s)
	}
}

// Broken lists the promises of section 6 of docs/protocol.md that the account breaks.
func (a Account) Broken() []string {
	if a.SessionsLost+a.Lost+a.Doubled+a.Reordered+a.Contradicted == 0 && len(a.Wrong) == 0 && a.Acked > 0 {
		return nil
	}
	return append([]string{a.String()}, a.Wrong...)
}

// String implements fmt.Stringer.
func (a Account) String() string {
	return fmt.Sprintf("%d sessions, %d lost, %d sockets; %d signals, %d acked, %d refused %v; lost %d, doubled %d, reordered %d, refused but delivered %d; longest pause %v",
		a.Sessions, a.SessionsLost, a.Sockets, a.Sent, a.Acked, a.Refused, a.Codes, a.Lost, a.Doubled, a.Reordered, a.Contradicted, a.Gap.Round(time.Millisecond))
}
