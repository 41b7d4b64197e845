package accept

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
	proxyproto "github.com/pires/go-proxyproto"
)

// selfHeader carries the secret of a self-dial, selfPath is what it asks for, selfEcho what it says and must hear.
const (
	selfHeader = "Aldis-Self-Dial"
	selfPath   = "/v1/connect"
	selfEcho   = `{"type":"pong"}`
)

// errCannotDial is a self-dial that found no descriptor or port on its own side.
var errCannotDial = errors.New("no resources for a self-dial")

// selfDial connects to the door as a client does, up to an echo. The door knows it by a secret made at start and by the local
// address of a dial that is in progress; it may only echo.
type selfDial struct {
	door   *Door
	secret string

	mu         sync.Mutex
	inProgress map[string]bool // local addresses
}

func newSelfDial(d *Door) *selfDial {
	return &selfDial{door: d, secret: rand.Text(), inProgress: make(map[string]bool)}
}

// dial proves within timeout that the door takes a connection, upgrades it and answers.
func (s *selfDial) dial(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := time.Now()
	err := s.echo(ctx)
	if err == nil {
		s.door.metrics.selfDial.Observe(time.Since(began).Seconds())
	} else if !errors.Is(err, errCannotDial) {
		s.door.metrics.selfFailed.Inc()
	}
	return err
}

func (s *selfDial) echo(ctx context.Context) error {
	raw, err := s.connect(ctx)
	if err != nil {
		if lacks(err) {
			return errCannotDial
		}
		return fmt.Errorf("self-dial: %w", err)
	}
	defer func() { _ = raw.Close() }()
	defer s.progress(raw.LocalAddr().String())()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return raw, nil
	}}
	scheme := "ws"
	if s.door.tls != nil { // whose certificate it is does not matter: it is this process's or the dial is not known
		scheme, transport.TLSClientConfig = "wss", &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	}
	c, _, err := websocket.Dial(ctx, scheme+"://"+s.door.Addr().String()+selfPath, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{selfHeader: {s.secret}},
	})
	if err != nil {
		return fmt.Errorf("self-dial: %w", err)
	}
	defer func() { _ = c.CloseNow() }()
	if err := c.Write(ctx, websocket.MessageText, []byte(selfEcho)); err != nil {
		return fmt.Errorf("self-dial: %w", err)
	}
	_, b, err := c.Read(ctx)
	if err == nil && string(b) != selfEcho {
		err = errors.New("another echo came back")
	}
	if err != nil {
		return fmt.Errorf("self-dial: %w", err)
	}
	return nil
}

// progress makes a local address known for as long as its dial lasts, which the returned function ends.
func (s *selfDial) progress(local string) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inProgress[local] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.inProgress, local)
	}
}

// connect opens the TCP connection, with a PROXY header of the command LOCAL where the door expects one from here.
func (s *selfDial) connect(ctx context.Context) (c net.Conn, err error) {
	for _, target := range targets(s.door.Addr()) {
		if c, err = new(net.Dialer).DialContext(ctx, "tcp", target); err == nil {
			break
		}
	}
	if err != nil || !within(s.door.cfg.ProxyFrom, addrOf(c.LocalAddr())) {
		return c, err
	}
	h := proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	if _, err := h.WriteTo(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// targets are what to dial to reach an address that is listened on. One that stands for all is dialed on loopback; [::]
// takes IPv4 too, and may do so on a machine that has no ::1.
func targets(a net.Addr) []string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return []string{a.String()}
	}
	port := strconv.Itoa(tcp.Port)
	if tcp.IP.To4() != nil {
		return []string{net.JoinHostPort("127.0.0.1", port)}
	}
	return []string{net.JoinHostPort("::1", port), net.JoinHostPort("127.0.0.1", port)}
}

// lacks reports whether dialing failed for want of something on this side.
func lacks(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// isSelf reports whether a request is the dial in progress.
func (s *selfDial) isSelf(r *http.Request) bool {
	shown := r.Header.Get(selfHeader)
	if subtle.ConstantTimeCompare([]byte(shown), []byte(s.secret)) != 1 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inProgress[r.RemoteAddr]
}

// serve answers a self-dial: one echo.
func (s *selfDial) serve(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // the dialer hears of it
	}
	defer func() { _ = c.CloseNow() }()
	c.SetReadLimit(256)
	ctx, cancel := context.WithTimeout(context.Background(), dialLongest)
	defer cancel()
	if _, b, err := c.Read(ctx); err == nil {
		_ = c.Write(ctx, websocket.MessageText, b) // likewise
	}
}
