package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

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
