package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

const subprotocol = "aldis.v1"

// firstLimit bounds the frames of a socket before its welcome told max_frame; lastLimit bounds them always. Bytes.
const (
	firstLimit = 256 << 10
	lastLimit  = 64 << 20
)

// open makes one attempt: token, socket, hello, welcome. The caller owns the conn; its goroutines do not run yet.
func (c *Client) open(ctx context.Context) (*conn, *wire.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.ConnectTimeout)
	defer cancel()
	header := http.Header{}
	if c.opts.Token != nil {
		token, err := c.opts.Token(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("client: token: %w", err)
		}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
	}
	ws, resp, err := websocket.Dial(ctx, c.url, &websocket.DialOptions{
		HTTPClient: c.http, HTTPHeader: header, Subprotocols: []string{subprotocol}})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, nil, refused(resp)
		}
		return nil, nil, fmt.Errorf("client: %w", err)
	}
	if ws.Subprotocol() != subprotocol {
		_ = ws.CloseNow()
		return nil, nil, &RefusedError{Status: http.StatusSwitchingProtocols, Code: wire.CodeUnsupportedProtocol}
	}
	ws.SetReadLimit(firstLimit)
	welcome, err := c.greet(ctx, ws)
	if err != nil {
		_ = ws.CloseNow()
		return nil, nil, err
	}
	if n := 4 * int64(welcome.MaxFrame); n > firstLimit {
		ws.SetReadLimit(min(n, lastLimit))
	}
	cn := &conn{ws: ws, wake: make(chan struct{}, 1), goaway: make(chan Goaway, 1),
		read: make(chan struct{}), done: make(chan struct{}), since: time.Now()}
	cn.ctx, cn.cancel = context.WithCancel(c.ctx)
	return cn, welcome, nil
}

// greet says hello and waits for the welcome.
func (c *Client) greet(ctx context.Context, ws *websocket.Conn) (*wire.Message, error) {
	hello := wire.Message{Type: wire.TypeHello, Meta: c.opts.Meta, Features: c.opts.Features}
	c.mu.Lock()
	hello.Peer = c.session.peer
	if s := &c.session; s.id != "" {
		hello.Resume = &wire.Resume{Session: s.id, Secret: s.secret, Seq: s.processed}
	}
	c.mu.Unlock()
	if err := ws.Write(ctx, websocket.MessageText, wire.Append(nil, &hello)); err != nil {
		return nil, fmt.Errorf("client: hello: %w", err)
	}
	var refusal *wire.Message
	for {
		_, text, err := ws.Read(ctx)
		if err != nil {
			return nil, asClose(err, refusal)
		}
		var m wire.Message
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		switch {
		case m.Type == wire.TypeWelcome && m.Session != "":
			return &m, nil
		case m.Type == wire.TypeError:
			refusal = &m
		}
	}
}

// refused reads the problem of an HTTP answer (RFC 9457; protocol section 2).
func refused(resp *http.Response) *RefusedError {
	e := &RefusedError{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	var problem struct {
		Code   wire.Code `json:"code"`
		Detail string    `json:"detail"`
	}
	// The library keeps the first KiB of the body.
	if json.NewDecoder(resp.Body).Decode(&problem) == nil {
		e.Code, e.Detail = problem.Code, problem.Detail
	}
	if e.Code == "" {
		e.Code = usual(resp.StatusCode)
	}
	return e
}

// usual is the code that goes with a status.
func usual(status int) wire.Code {
	switch status {
	case http.StatusUnauthorized:
		return wire.CodeUnauthorized
	case http.StatusForbidden:
		return wire.CodeForbidden
	case http.StatusNotFound:
		return wire.CodeUnknownApp
	case http.StatusUpgradeRequired:
		return wire.CodeUpgradeRequired
	case http.StatusTooManyRequests:
		return wire.CodeRateLimited
	}
	if status >= 500 {
		return wire.CodeOverloaded
	}
	return wire.CodeMalformed
}

// retryAfter reads the header's two forms, seconds and a date (RFC 9110 section 10.2.3); 0 for anything else.
func retryAfter(header string, now time.Time) time.Duration {
	if s, err := strconv.ParseFloat(header, 64); err == nil {
		return seconds(s)
	}
	if t, err := http.ParseTime(header); err == nil {
		return seconds(t.Sub(now).Seconds())
	}
	return 0
}

// httpClient makes the client's own transport: HTTP/1.1 alone, no connection kept, no redirect followed.
func httpClient(o *Options) *http.Client {
	dial := o.DialContext
	proxy := http.ProxyFromEnvironment
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	} else {
		proxy = nil
	}
	t := &http.Transport{Proxy: proxy, DialContext: dial, DisableKeepAlives: true, Protocols: new(http.Protocols)}
	t.Protocols.SetHTTP1(true)
	if o.TLS != nil {
		t.TLSClientConfig = o.TLS.Clone()
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// closedOf is what the events say of an error: code, short name.
func closedOf(err error) (wire.CloseCode, string) {
	var ce *CloseError
	var re *RefusedError
	switch {
	case err == nil, errors.Is(err, ErrClosed):
		return wire.CloseBye, wire.CloseBye.Reason()
	case errors.As(err, &ce):
		return ce.Code, ce.Reason
	case errors.As(err, &re):
		return wire.CloseAbnormal, string(re.Code)
	}
	return wire.CloseAbnormal, wire.CloseAbnormal.Reason()
}
