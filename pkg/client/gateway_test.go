package client

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 5 * time.Second

// script is a gateway that says what the test tells it to, over real sockets.
type script struct {
	t      testing.TB
	url    string
	asks   chan *ask
	mu     sync.Mutex
	socks  []*sock
	stop   chan struct{}
	server *httptest.Server
}

// ask is a request for a socket that waits for the test's decision.
type ask struct {
	at     time.Time
	r      *http.Request
	decide chan func(http.ResponseWriter, *http.Request)
}

// sock is a socket accepted.
type sock struct {
	t      testing.TB
	ws     *websocket.Conn
	raw    net.Conn
	frames chan []byte
	ended  chan struct{}
	err    error // after ended
}

type rawConn struct{}

func newScript(t testing.TB) *script {
	g := &script{t: t, asks: make(chan *ask, 16), stop: make(chan struct{})}
	g.server = httptest.NewUnstartedServer(http.HandlerFunc(g.serve))
	g.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, rawConn{}, c)
	}
	g.server.Start()
	g.url = "ws" + strings.TrimPrefix(g.server.URL, "http")
	t.Cleanup(func() {
		close(g.stop)
		g.mu.Lock()
		socks := g.socks
		g.mu.Unlock()
		for _, s := range socks {
			_ = s.ws.CloseNow()
			<-s.ended
		}
		g.server.Close()
	})
	return g
}

func (g *script) serve(w http.ResponseWriter, r *http.Request) {
	a := &ask{at: time.Now(), r: r, decide: make(chan func(http.ResponseWriter, *http.Request), 1)}
	select {
	case g.asks <- a:
	case <-g.stop:
		return
	}
	select {
	case f := <-a.decide:
		f(w, r)
	case <-g.stop:
	}
}

// ask waits for the client's next request.
func (g *script) ask(within time.Duration) *ask {
	g.t.Helper()
	select {
	case a := <-g.asks:
		return a
	case <-time.After(within):
		g.t.Fatalf("no request for a socket within %v", within)
		return nil
	}
}

// accept makes a socket of a request.
func (g *script) accept(a *ask) *sock {
	g.t.Helper()
	made := make(chan *sock, 1)
	a.decide <- func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"aldis.v1"}})
		if err != nil {
			g.t.Errorf("accept: %v", err)
			close(made)
			return
		}
		ws.SetReadLimit(1 << 20)
		s := &sock{t: g.t, ws: ws, raw: r.Context().Value(rawConn{}).(net.Conn), frames: make(chan []byte, 4096), ended: make(chan struct{})}
		go s.read()
		g.mu.Lock()
		g.socks = append(g.socks, s)
		g.mu.Unlock()
		made <- s
	}
	s := <-made
	if s == nil {
		g.t.FailNow()
	}
	return s
}

func (g *script) next() *sock { g.t.Helper(); return g.accept(g.ask(patience)) }

func (s *sock) read() {
	defer close(s.ended)
	for {
		_, b, err := s.ws.Read(context.Background())
		if err != nil {
			s.err = err
			return
		}
		s.frames <- b
	}
}

func (s *sock) send(text string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		s.t.Errorf("gateway sends %s: %v", text, err)
	}
}

// close sends a close frame; the handshake goes on in the background.
func (s *sock) close(code int, reason string) {
	go func() { _ = s.ws.Close(websocket.StatusCode(code), reason) }()
}

// drop resets the TCP connection.
func (s *sock) drop() {
	_ = s.raw.(*net.TCPConn).SetLinger(0)
	_ = s.raw.Close()
	<-s.ended
}

// frame returns the client's next frame, raw and decoded.
func (s *sock) frame() (string, map[string]any) {
	s.t.Helper()
	select {
	case b := <-s.frames:
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			s.t.Fatalf("the client sent %q: %v", b, err)
		}
		return string(b), m
	case <-time.After(patience):
		s.t.Fatalf("no frame within %v", patience)
		return "", nil
	}
}

// want returns the client's next frame of a type, passing over acks of signals.
func (s *sock) want(kind string) map[string]any {
	s.t.Helper()
	for {
		text, m := s.frame()
		if m["type"] == kind {
			return m
		}
		if _, id := m["id"]; m["type"] != "ack" || id {
			s.t.Fatalf("the client sent %s, want type %s", text, kind)
		}
	}
}

// hello takes a hello and gives the welcome; extra is spliced into it.
func (s *sock) hello(session, secret string, resumed bool, extra string) map[string]any {
	s.t.Helper()
	h := s.want("hello")
	flag := "false"
	if resumed {
		flag = "true"
	}
	s.send(`{"type":"welcome","app":"default","peer":"alice","n":1,"session":"` + session + `","secret":"` + secret +
		`","resumed":` + flag + `,"seq":0,"grace":30,"heartbeat":20,"max_frame":65536,"window":32,"features":[]` + extra + `}`)
	return h
}
