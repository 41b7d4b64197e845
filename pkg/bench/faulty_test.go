package bench_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/bench"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// every is how often the faulty gateway breaks its promise.
const every = 50

// faulty is a gateway just large enough for pairs. It acks all, and every so many signals does fault.
type faulty struct {
	fault  string // "", "lose", "double", "swap", "stray", "refuse" or "refuse and send"
	enough func() // called after ten faults

	mu      sync.Mutex
	peers   map[wire.PeerID]*peer
	hosts   map[wire.PeerID]string // by which name it was reached
	taken   int                    // signals
	planted int64
}

// peer is a session of it.
type peer struct {
	ws   *websocket.Conn
	host string
	mu   sync.Mutex // around writes
	seq  int64
	held []byte // data of a signal that the next one overtakes
	from wire.PeerID
}

// startFaulty runs one until the test ends.
func startFaulty(t *testing.T, fault string) (*faulty, string) {
	f := &faulty{fault: fault, peers: map[wire.PeerID]*peer{}, hosts: map[wire.PeerID]string{}}
	var sockets sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"aldis.v1"}})
		if err != nil {
			t.Error(err)
			return
		}
		sockets.Add(1)
		defer sockets.Done()
		defer func() { _ = ws.CloseNow() }()
		f.serve(r.Context(), &peer{ws: ws, host: r.Host})
	}))
	t.Cleanup(func() {
		server.Close()
		sockets.Wait()
	})
	return f, "ws" + strings.TrimPrefix(server.URL, "http")
}

func (p *peer) send(ctx context.Context, m *wire.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.Type == wire.TypeSignal {
		p.seq++
		m.Seq = p.seq
	}
	_ = p.ws.Write(ctx, websocket.MessageText, wire.Append(nil, m)) // its reader sees an end too
}

func (f *faulty) serve(ctx context.Context, p *peer) {
	for {
		_, text, err := p.ws.Read(ctx)
		if err != nil {
			return
		}
		var m wire.Message
		if json.Unmarshal(text, &m) != nil {
			return
		}
		switch m.Type {
		case wire.TypeHello:
			p.from = m.Peer
			f.mu.Lock()
			f.peers[m.Peer], f.hosts[m.Peer] = p, p.host
			f.mu.Unlock()
			p.send(ctx, &wire.Message{Type: wire.TypeWelcome, App: "default", Peer: m.Peer, N: 1, Session: "s", Secret: "x",
				MaxFrame: 1 << 16, Window: 32, Heartbeat: 20, Limits: &wire.Limits{Inbox: 256, SignalsPerSec: 1e6}, ICE: &wire.ICE{}})
		case wire.TypeSignal:
			f.signal(ctx, p, &m)
		case wire.TypeBye:
			_ = p.ws.Close(websocket.StatusNormalClosure, "bye")
			return
		}
	}
}

func (f *faulty) signal(ctx context.Context, p *peer, m *wire.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken++; f.taken == 10*every {
		f.enough()
	}
	fault := ""
	if f.taken%every == 0 && f.fault != "" {
		fault = f.fault
		f.planted++
	}
	to := f.peers[m.To]
	deliver := func(data []byte) {
		to.send(ctx, &wire.Message{Type: wire.TypeSignal, From: p.from, N: 1, Kind: m.Kind, Data: data})
	}
	if strings.HasPrefix(fault, "refuse") {
		p.send(ctx, &wire.Message{Type: wire.TypeError, ID: m.ID, Code: wire.CodeInboxFull})
	} else {
		p.send(ctx, &wire.Message{Type: wire.TypeAck, ID: m.ID, Status: wire.StatusSent})
	}
	switch fault {
	case "lose", "refuse":
		return
	case "double":
		deliver(m.Data)
	case "stray":
		p.send(ctx, &wire.Message{Type: wire.TypeSignal, From: p.from, N: 1, Kind: m.Kind, Data: m.Data})
	case "swap":
		if to.held == nil {
			to.held = m.Data
			return
		}
		f.planted-- // one at a time
	}
	deliver(m.Data)
	if to.held != nil {
		deliver(to.held)
		to.held = nil
	}
}

// TestPlanted holds that a broken promise is found, however small, and that nothing is found where there is none.
func TestPlanted(t *testing.T) {
	for _, fault := range []string{"", "refuse", "lose", "double", "swap", "refuse and send", "stray"} {
		t.Run("fault "+fault, func(t *testing.T) {
			t.Parallel()
			f, url := startFaulty(t, fault)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f.enough = cancel
			r, err := bench.Run(ctx, bench.Config{URLs: []string{url}, Duration: time.Hour, Seed: 1}, pairs(2, 1000))
			if err != nil {
				t.Fatal(err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			want := bench.Promises{}
			switch fault {
			case "lose":
				want.Lost = f.planted
			case "double", "refuse and send":
				want.Doubled = f.planted
			case "stray":
				want.Stray = f.planted
			case "swap": // one that nothing came after is lost in the end
				want.Reordered = f.planted
				for _, p := range f.peers {
					if p.held != nil {
						want.Reordered--
						want.Lost++
					}
				}
			}
			if r.Promises != want || r.Promises.Kept() != (fault == "" || fault == "refuse") || f.taken < 10*every {
				t.Errorf("found %v, planted %v in %d signals", r.Promises, want, f.taken)
			}
			if fault == "refuse" && r.Signals.RefusedBy[string(wire.CodeInboxFull)] != f.planted {
				t.Errorf("refused %v, want %d", r.Signals.RefusedBy, f.planted)
			}
			if r.Gateway != nil {
				t.Errorf("no metrics, and yet %+v", r.Gateway)
			}
		})
	}
}

// TestPairsOverSeveral holds that the two ends of a pair are at different gateways: here one with two names.
func TestPairsOverSeveral(t *testing.T) {
	f, url := startFaulty(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.enough = cancel
	cfg := bench.Config{URLs: []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1)}, Duration: time.Hour, Seed: 1}
	r, err := bench.Run(ctx, cfg, pairs(3, 1000))
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	byHost := map[string]int{}
	for name, host := range f.hosts {
		byHost[host]++
		stem, number := name[:len(name)-1], name[len(name)-1]
		if partner := f.hosts[stem+wire.PeerID(rune(number^1))]; partner == host || partner == "" {
			t.Errorf("%s and its partner are both at %s", name, host)
		}
	}
	if len(byHost) != 2 || len(f.hosts) != 6 || r.Pods != 2 || r.Signals.CrossedPods != 1 || !r.Promises.Kept() {
		t.Errorf("%v, %d pods, %v crossed, %v", byHost, r.Pods, r.Signals.CrossedPods, r.Promises)
	}
	var table strings.Builder
	if err := r.Table(&table); err != nil || !strings.Contains(table.String(), "over 2 gateways") ||
		!strings.Contains(table.String(), "100.0 % from one gateway to another") {
		t.Errorf("%v:\n%s", err, &table)
	}
}
