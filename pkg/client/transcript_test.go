package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
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

type transcript struct {
	Name    string          `json:"name"`
	Why     json.RawMessage `json:"why"`
	Options commonOptions   `json:"options"`
	Steps   []step          `json:"steps"`
}

type commonOptions struct {
	Peer, App      string
	Token          any             `json:"token"`
	Meta           json.RawMessage `json:"meta"`
	Features       []string        `json:"features"`
	HeartbeatGrace float64         `json:"heartbeat_grace"`
	BackoffBase    float64         `json:"backoff_base"`
	BackoffCap     float64         `json:"backoff_cap"`
	MaxAttempts    int             `json:"max_attempts"`
	ConnectTimeout float64         `json:"connect_timeout"`
}

type step struct {
	Do     string         `json:"do"`
	Args   map[string]any `json:"args"`
	As     string         `json:"as"`
	Accept *arrival       `json:"accept"`
	Refuse *arrival       `json:"refuse"`
	Client map[string]any `json:"client"`
	// Gateway keeps its bytes: white space within data counts.
	Gateway json.RawMessage `json:"gateway"`
	Raw     string          `json:"raw"`
	Close   int             `json:"close"`
	Reason  string          `json:"reason"`
	Drop    bool            `json:"drop"`
	Closed  *int            `json:"closed"`
	Silent  float64         `json:"silent"`
	Event   string          `json:"event"`
	Result  string          `json:"result"`
	Error   string          `json:"error"`
	Code    string          `json:"code"`
	With    map[string]any  `json:"with"`
	On      int             `json:"on"`
}

type arrival struct {
	Path       string            `json:"path"`
	Query      map[string]string `json:"query"`
	Protocols  []string          `json:"protocols"`
	Token      *string           `json:"token"`
	NotBefore  float64           `json:"not_before"`
	Within     float64           `json:"within"`
	Status     int               `json:"status"`
	RetryAfter float64           `json:"retry_after"`
	Code       string            `json:"code"`
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

func (p *player) arrive(want *arrival) *ask {
	p.t.Helper()
	within := patience
	if want.Within > 0 {
		within = seconds(want.Within)
	}
	a := p.g.ask(within)
	if early := seconds(want.NotBefore) - a.at.Sub(p.began); early > 5*time.Millisecond {
		p.fatalf("came %v too early", early)
	}
	if want.Path != "" && a.r.URL.Path != want.Path {
		p.fatalf("path %s", a.r.URL.Path)
	}
	if want.Query != nil {
		got := map[string]string{}
		for k, v := range a.r.URL.Query() {
			got[k] = strings.Join(v, ",")
		}
		if !maps.Equal(got, want.Query) {
			p.fatalf("query %v", got)
		}
	}
	var protocols []string
	for _, h := range a.r.Header.Values("Sec-Websocket-Protocol") {
		for item := range strings.SplitSeq(h, ",") {
			protocols = append(protocols, strings.TrimSpace(item))
		}
	}
	if want.Protocols != nil && !slices.Equal(protocols, want.Protocols) {
		p.fatalf("protocols %v", protocols)
	}
	if want.Token != nil && a.r.Header.Get("Authorization") != "Bearer "+*want.Token {
		p.fatalf("Authorization %q", a.r.Header.Get("Authorization"))
	}
	return a
}

func refuse(w http.ResponseWriter, r *arrival) {
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(r.RetryAfter))
	}
	if r.Code == "" {
		w.WriteHeader(r.Status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(r.Status), "status": r.Status, "code": r.Code})
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

func (p *player) closed(s *step) {
	k := p.sock(s)
	select {
	case <-k.ended:
	case <-time.After(patience):
		p.fatalf("still open")
	}
	if code := websocket.CloseStatus(k.err); *s.Closed != 0 && int(code) != *s.Closed {
		p.fatalf("code %d, %v", code, k.err)
	}
}

func (p *player) silent(d time.Duration) {
	end := time.After(d)
	p.g.mu.Lock()
	socks := slices.Clone(p.g.socks)
	p.g.mu.Unlock()
	cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(end)}, {Dir: reflect.SelectRecv, Chan: reflect.ValueOf(p.g.asks)}}
	for _, k := range socks {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(k.frames)})
	}
	for {
		switch i, v, _ := reflect.Select(cases); i {
		case 0:
			return
		case 1:
			p.fatalf("the client asked for a socket")
		default:
			var m map[string]any
			if json.Unmarshal(v.Bytes(), &m) != nil || !isAck(m) {
				p.fatalf("the client sent %s", v.Bytes())
			}
		}
	}
}

func (p *player) outcome(name string) outcome {
	ch := p.calls[name]
	if ch == nil {
		p.fatalf("no call has that name")
	}
	select {
	case o := <-ch:
		ch <- o
		return o
	case <-time.After(patience):
		p.fatalf("has not returned")
		panic("unreachable")
	}
}

func codeOf(err error, connecting bool) string {
	var fe *Error
	var ce *CloseError
	var re *RefusedError
	switch {
	case errors.As(err, &fe):
		return string(fe.Code)
	case errors.Is(err, ErrSessionLost):
		return "session_lost"
	case errors.As(err, &re) && connecting:
		return string(re.Code)
	case errors.As(err, &ce) && connecting:
		return ce.Code.Reason()
	case errors.Is(err, ErrClosed), ce != nil, re != nil:
		return "closed"
	}
	return err.Error()
}
