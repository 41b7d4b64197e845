package client

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func appID(s string) wire.AppID   { return wire.AppID(s) }
func peerID(s string) wire.PeerID { return wire.PeerID(s) }

// do starts a call of the SDK in the background.
func (p *player) do(s *step) {
	ch := make(chan outcome, 1)
	name := s.As
	if name == "" {
		name = s.Do
	}
	p.calls[name] = ch
	str := func(k string) string { v, _ := s.Args[k].(string); return v }
	raw := func(k string) json.RawMessage {
		v, ok := s.Args[k]
		if !ok {
			return nil
		}
		b, _ := json.Marshal(v)
		return b
	}
	if s.Do == "connect" {
		p.calls["connecting"] = ch
		go func() {
			c, err := Connect(p.ctx, p.g.url, p.opts)
			o := outcome{err: err}
			if err != nil {
				o.code = codeOf(err, true)
			} else {
				o.value = object(map[string]any{"peer": c.Peer(), "n": c.N(), "session": c.Session()})
			}
			ch <- o
			p.ready <- c
		}()
		return
	}
	c := p.theClient()
	ctx, before := context.Background(), p.calling(c)
	room := wire.RoomID(str("room"))
	finish := func(v any, err error) {
		o := outcome{err: err}
		if err != nil {
			o.code = codeOf(err, false)
		} else if v != nil {
			o.value = object(v)
		}
		ch <- o
	}
	list := func(r Roster, err error) { finish(rosterObject(r), err) }
	switch s.Do {
	case "join":
		go func() { list(c.Join(ctx, room, raw("meta"))) }()
	case "roster":
		go func() { list(c.Roster(ctx, room)) }()
	case "leave":
		go func() { finish(nil, c.Leave(ctx, room)) }()
	case "renew":
		go func() { finish(nil, c.Renew(ctx)) }()
	case "close":
		go func() { finish(nil, c.Close(ctx)) }()
	case "signal":
		n, _ := s.Args["to_n"].(float64)
		receipt, _ := s.Args["receipt"].(bool)
		sig := Signal{To: wire.PeerID(str("to")), ToN: int64(n), Room: room, Kind: str("kind"), Data: raw("data"), Receipt: receipt}
		go func() {
			a, err := c.Signal(ctx, sig)
			finish(map[string]any{"id": a.ID, "status": a.Status, "receivers": a.Receivers, "full": a.Full}, err)
		}()
	default:
		p.fatalf("unknown call")
	}
	// Calls go out in the order of the file: wait until this one has queued its frame, or is over.
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	end := time.After(patience)
	for len(ch) == 0 && p.calling(c) == before {
		select {
		case <-look.C:
		case <-end:
			p.fatalf("the call did not start")
		}
	}
}

// calling changes with each call that is queued, and with Close.
func (p *player) calling(c *Client) int64 {
	return locked(c, func() int64 {
		if c.closing {
			return -1
		}
		return c.pending.last + int64(len(c.pending.waiting))
	})
}

// theClient waits for connect to have returned.
func (p *player) theClient() *Client {
	p.t.Helper()
	if p.client == nil {
		select {
		case p.client = <-p.ready:
		case <-time.After(patience):
		}
		if p.client == nil {
			p.fatalf("not connected")
		}
	}
	return p.client
}

func rosterObject(r Roster) map[string]any {
	peers := r.Peers
	if peers == nil {
		peers = []wire.Member{}
	}
	return map[string]any{"room": r.Room, "v": r.V, "peers": peers}
}

// object is v as JSON makes it.
func object(v any) map[string]any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	return m
}

// event compares the SDK's next event, passing over connected and disconnected.
func (p *player) event(s *step) {
	p.t.Helper()
	for {
		var ev Event
		select {
		case ev = <-p.events:
		case <-time.After(patience):
			p.fatalf("no event")
		}
		name, value := describe(ev)
		if name == s.Event {
			p.with(s.With, object(value))
			return
		}
		if name != "connected" && name != "disconnected" {
			p.fatalf("got event %s %v", name, value)
		}
	}
}

func describe(ev Event) (string, map[string]any) {
	switch e := ev.(type) {
	case Connected:
		return "connected", map[string]any{"peer": e.Peer, "n": e.N, "session": e.Session, "resumed": e.Resumed}
	case Disconnected:
		return "disconnected", map[string]any{"code": e.Code, "reason": e.Reason, "retry_in": e.RetryIn.Seconds()}
	case Closed:
		return "closed", map[string]any{"code": e.Code, "reason": e.Reason}
	case SignalEvent:
		m := map[string]any{"from": e.From, "n": e.N, "polite": e.Polite, "room": e.Room, "kind": e.Kind, "seq": e.Seq}
		if e.Data != nil {
			m["data"] = e.Data
		}
		return "signal", m
	case Presence:
		m := map[string]any{"room": e.Room, "event": e.Event, "peer": e.Peer, "n": e.N, "polite": e.Polite, "v": e.V}
		if e.Meta != nil {
			m["meta"] = e.Meta
		}
		return "presence", m
	case Roster:
		return "roster", rosterObject(e)
	case RoomLost:
		return "roomlost", map[string]any{"room": e.Room, "code": e.Code}
	case Receipt:
		return "receipt", map[string]any{"id": e.ID, "peer": e.Peer, "n": e.N, "status": e.Status}
	case ICE:
		return "ice", map[string]any{"servers": e.Servers, "ttl": time.Until(e.Until).Round(time.Second).Seconds()}
	case Goaway:
		return "goaway", map[string]any{"reason": e.Reason, "within": e.Within.Seconds()}
	case Gap:
		return "gap", map[string]any{}
	}
	panic("an event without a name")
}

// with compares the members that want names.
func (p *player) with(want, got map[string]any) {
	p.t.Helper()
	for k, w := range want {
		g, ok := got[k]
		if !ok && (k == "polite" || k == "resumed") {
			g = false
		}
		if !ok && k == "room" {
			g = ""
		}
		if !p.match(w, g) {
			p.fatalf("%s: got %v in %v", k, g, got)
		}
	}
}
