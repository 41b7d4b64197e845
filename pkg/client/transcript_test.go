package client

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTranscripts plays each file of transcripts, as its README says.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("transcripts/*.json")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".json"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var tr transcript
			d := json.NewDecoder(strings.NewReader(string(b)))
			d.DisallowUnknownFields()
			if err := d.Decode(&tr); err != nil {
				t.Fatal(err)
			}
			if tr.Name == "" || len(tr.Why) == 0 || len(tr.Steps) == 0 {
				t.Fatal("name, why and steps are wanted")
			}
			newPlayer(t, &tr).play(tr.Steps)
		})
	}
}

type outcome struct {
	value map[string]any
	code  string
	err   error
}

// player is one run of a transcript.
type player struct {
	t      *testing.T
	g      *script
	opts   Options
	tokens []string
	ctx    context.Context // of connect
	ready  chan *Client    // what connect returned
	client *Client
	calls  map[string]chan outcome
	events chan Event
	saved  map[string]any
	back   map[int]map[string]any // a frame read ahead, by socket
	began  time.Time              // when the step before began to act
	what   string
}

func newPlayer(t *testing.T, tr *transcript) *player {
	p := &player{t: t, g: newScript(t), calls: map[string]chan outcome{}, events: make(chan Event, 4096),
		saved: map[string]any{}, back: map[int]map[string]any{}, began: time.Now()}
	o := tr.Options
	p.opts = Options{App: appID(o.App), Peer: peerID(o.Peer), Meta: o.Meta, Features: o.Features, MaxAttempts: o.MaxAttempts,
		HeartbeatGrace: seconds(o.HeartbeatGrace), ConnectTimeout: seconds(o.ConnectTimeout),
		Backoff: Backoff{seconds(o.BackoffBase), seconds(o.BackoffCap)}, CloseTimeout: 200 * time.Millisecond,
		Handle: func(ev Event) { p.events <- ev }}
	switch v := o.Token.(type) {
	case string:
		p.tokens = []string{v}
	case []any:
		for _, s := range v {
			p.tokens = append(p.tokens, s.(string))
		}
	}
	if p.tokens != nil {
		tokens := make(chan string, 64)
		for i := range 64 {
			tokens <- p.tokens[min(i, len(p.tokens)-1)]
		}
		p.opts.Token = func(context.Context) (string, error) { return <-tokens, nil }
	}
	var cancel context.CancelFunc
	p.ctx, cancel = context.WithCancel(context.Background())
	p.ready = make(chan *Client, 1)
	t.Cleanup(func() { // runs before the gateway's
		cancel()
		if p.client == nil && p.calls["connecting"] != nil {
			p.client = <-p.ready
		}
		if p.client != nil {
			_ = p.client.Close(context.Background())
			<-p.client.Done()
		}
	})
	return p
}

func (p *player) fatalf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s: %s", p.what, fmt.Sprintf(format, args...))
}

func (p *player) play(steps []step) {
	for i, s := range steps {
		text, _ := json.Marshal(s)
		var m map[string]any
		_ = json.Unmarshal(text, &m)
		maps.DeleteFunc(m, func(_ string, v any) bool {
			return v == nil || v == "" || v == 0.0 || v == false
		})
		text, _ = json.Marshal(m)
		p.what = fmt.Sprintf("step %d %s", i+1, text)
		at := time.Now()
		p.step(&s)
		if s.Client != nil || s.Accept != nil || s.Event != "" || s.Result != "" || s.Error != "" || s.Silent > 0 || s.Closed != nil {
			at = time.Now()
		}
		p.began = at
	}
}

func (p *player) step(s *step) {
	switch {
	case s.Do != "":
		p.do(s)
	case s.Accept != nil:
		a := p.arrive(s.Accept)
		p.g.accept(a)
	case s.Refuse != nil:
		a := p.arrive(s.Refuse)
		a.decide <- func(w http.ResponseWriter, _ *http.Request) { refuse(w, s.Refuse) }
	case s.Client != nil:
		p.clientFrame(s)
	case s.Gateway != nil:
		p.sock(s).send(p.fill(string(s.Gateway)))
	case s.Raw != "":
		p.sock(s).send(p.fill(s.Raw))
	case s.Close != 0:
		p.sock(s).close(s.Close, s.Reason)
	case s.Drop:
		p.sock(s).drop()
	case s.Closed != nil:
		p.closed(s)
	case s.Silent > 0:
		p.silent(seconds(s.Silent))
	case s.Event != "":
		p.event(s)
	case s.Result != "":
		o := p.outcome(s.Result)
		if o.err != nil {
			p.fatalf("failed: %v", o.err)
		}
		p.with(s.With, o.value)
	case s.Error != "":
		if o := p.outcome(s.Error); o.err == nil || o.code != s.Code {
			p.fatalf("got code %q, error %v, value %v", o.code, o.err, o.value)
		}
	default:
		p.fatalf("a step without a known key")
	}
}

func (p *player) index(s *step) int {
	p.g.mu.Lock()
	defer p.g.mu.Unlock()
	n := len(p.g.socks)
	if s.On > 0 {
		n = s.On
	}
	if n == 0 || n > len(p.g.socks) {
		p.fatalf("no such socket")
	}
	return n - 1
}

func (p *player) sock(s *step) *sock {
	i := p.index(s)
	p.g.mu.Lock()
	defer p.g.mu.Unlock()
	return p.g.socks[i]
}

func isAck(m map[string]any) bool { _, id := m["id"]; return m["type"] == "ack" && !id }

// clientFrame compares the next frame. Acks that no step asks for are passed over; one that is asked for may have been
// left out in favour of a later one where another frame follows.
func (p *player) clientFrame(s *step) {
	p.t.Helper()
	i := p.index(s)
	for {
		got := p.back[i]
		if got == nil {
			_, got = p.sock(s).frame()
		}
		p.back[i] = nil
		if isAck(got) && !isAck(s.Client) {
			continue
		}
		if isAck(s.Client) && !isAck(got) {
			p.back[i] = got
			return
		}
		if isAck(s.Client) && got["seq"].(float64) < s.Client["seq"].(float64) {
			continue
		}
		if !p.match(s.Client, got) {
			text, _ := json.Marshal(got)
			p.fatalf("the client sent %s", text)
		}
		return
	}
}
