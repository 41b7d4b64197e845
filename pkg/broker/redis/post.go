package redis

import (
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// What may wait for one pod. What is above it is dropped; the pod is told that something is missing and reads its inboxes.
const (
	maxWaiting      = 8 << 10
	maxWaitingBytes = 8 << 20
	maxBatchBytes   = 256 << 10
	maxPods         = 4096
)

// post carries messages to other pods: for each pod one batch at a time is under way, and what comes meanwhile is the next.
type post struct {
	b    *Broker
	mu   sync.Mutex
	pods map[string]*mailbag
}

// mailbag is what waits for a pod.
type mailbag struct {
	run     string
	list    []*message
	bytes   int
	number  int64 // of the last batch
	flying  bool
	dropped bool
	pausing bool // after a failure
}

// postAgain is the pause after a batch that could not be sent.
const postAgain = 200 * time.Millisecond

func newPost(b *Broker) *post { return &post{b: b, pods: make(map[string]*mailbag)} }

// to queues a message for a pod. What a pod tells itself takes no way round.
func (p *post) to(run string, m *message) {
	switch run {
	case "":
		return
	case p.b.run:
		if m.kind != kindEcho {
			p.b.receive(m)
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	bag := p.pods[run]
	if bag == nil {
		if len(p.pods) >= maxPods {
			p.prune()
		}
		bag = &mailbag{run: run}
		p.pods[run] = bag
	}
	if len(bag.list) >= maxWaiting || bag.bytes >= maxWaitingBytes {
		bag.dropped = true
		p.b.metrics.dropped.Inc()
		return
	}
	bag.list = append(bag.list, m)
	bag.bytes += m.size()
	p.pump(bag)
}

// prune forgets the pods for which nothing waits: they may long be gone. p.mu is held.
func (p *post) prune() {
	for run, bag := range p.pods {
		if len(bag.list) == 0 && !bag.flying && !bag.pausing && !bag.dropped {
			delete(p.pods, run)
		}
	}
}

// pump sends the next batch. p.mu is held.
func (p *post) pump(bag *mailbag) {
	if bag.flying || bag.pausing || len(bag.list) == 0 && !bag.dropped {
		return
	}
	bag.flying = true
	if bag.dropped {
		bag.list = append(bag.list, &message{kind: kindVerify})
		bag.dropped = false
	}
	bag.number++
	raw := appendBatch(make([]byte, 0, min(bag.bytes+64, maxBatchBytes+(64<<10))), p.b.run, bag.number)
	var scratch []byte
	n := 0
	for ; n < len(bag.list) && len(raw) < maxBatchBytes; n++ {
		raw, scratch = appendMessage(raw, bag.list[n], scratch)
		bag.bytes -= bag.list[n].size()
	}
	p.b.metrics.messages.Observe(float64(n))
	clear(bag.list[:n])
	if bag.list = bag.list[n:]; len(bag.list) == 0 {
		bag.list, bag.bytes = nil, 0
	}
	channel := p.b.keys.channel(bag.run)
	cmd := goredis.NewIntCmd(p.b.life, "spublish", channel, raw)
	p.b.lane(shardOf("", bag.run)).do(&call{cmds: []goredis.Cmder{cmd}, key: channel, urgent: true, done: func() { p.posted(bag, cmd) }})
}

// posted takes the number of those who heard a batch. Nobody: the pod is gone, or its link is down; whichever it is, whoever has
// its sessions then reads their inboxes.
func (p *post) posted(bag *mailbag, cmd *goredis.IntCmd) {
	heard, err := cmd.Result()
	if err != nil || heard == 0 {
		p.b.metrics.unheard.Inc()
		if bag.run == p.b.run && err == nil {
			p.b.link.deaf()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	bag.flying = false
	if err != nil && !p.b.closed.Load() {
		bag.dropped, bag.pausing = true, true
		time.AfterFunc(postAgain, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			bag.pausing = false
			p.pump(bag)
		})
		return
	}
	p.pump(bag)
}
