package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestPion connects a Pion peer, signaling with the Go SDK, to a Chromium peer, signaling with the JavaScript SDK, and exchanges
// data both ways. Pion is the polite side and makes no offers.
func TestPion(t *testing.T) {
	demo := gateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := newPion()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.pc.Close(); err != nil {
			t.Error(err)
		}
	}()
	p.c, err = client.Connect(ctx, demo, client.Options{Peer: "pion", Handle: p.handle})
	if err != nil {
		t.Fatal(err)
	}
	close(p.connected)
	page := node(ctx, t, demo, "echo.mjs")
	page.Env = append(page.Env, "ALDIS_PEER=pion")
	ended := make(chan error, 1)
	go func() {
		out, err := page.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		ended <- err
	}()
	for _, want := range []string{"HELLO CHROMIUM", "HOW ARE YOU"} {
		select {
		case got := <-p.heard:
			if got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		case err := <-p.failed:
			t.Fatal(err)
		case err := <-ended:
			t.Fatalf("the page ended: %v", err)
		case <-ctx.Done():
			t.Fatal("no data came")
		}
	}
	if err := (<-p.channel).Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := p.c.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

type pionPeer struct {
	pc        *webrtc.PeerConnection
	c         *client.Client
	connected chan struct{} // c may be used
	heard     chan string
	failed    chan error
	channel   chan *webrtc.DataChannel
}

func newPion() (*pionPeer, error) {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true) // a machine without a network has no other
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	p := &pionPeer{pc: pc, connected: make(chan struct{}), heard: make(chan string, 2), failed: make(chan error, 16),
		channel: make(chan *webrtc.DataChannel, 1)}
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			p.send(wire.KindCandidate, c.ToJSON())
		} else {
			p.send(wire.KindEndOfCandidates, struct{}{})
		}
	})
	pc.OnDataChannel(func(dc *webrtc.DataChannel) {
		dc.OnOpen(func() {
			p.check(dc.SendText("hello chromium"))
			p.check(dc.SendText("how are you"))
			p.channel <- dc
		})
		dc.OnMessage(func(m webrtc.DataChannelMessage) { p.heard <- string(m.Data) })
	})
	return p, nil
}

func (p *pionPeer) check(err error) {
	if err != nil {
		p.failed <- err
	}
}

// send posts, so that candidates keep their order without waiting for each other's acks.
func (p *pionPeer) send(kind string, data any) {
	<-p.connected
	raw, err := json.Marshal(data)
	if err == nil {
		_, err = p.c.Post(client.Signal{To: "chromium", Kind: kind, Data: raw})
	}
	p.check(err)
}

func (p *pionPeer) handle(ev client.Event) {
	s, ok := ev.(client.SignalEvent)
	if !ok {
		return
	}
	switch s.Kind {
	case wire.KindOffer:
		p.check(p.answer(s.Data))
	case wire.KindCandidate:
		var c webrtc.ICECandidateInit
		p.check(json.Unmarshal(s.Data, &c))
		p.check(p.pc.AddICECandidate(c))
	}
}

func (p *pionPeer) answer(offer json.RawMessage) error {
	var d webrtc.SessionDescription
	if err := json.Unmarshal(offer, &d); err != nil {
		return err
	}
	if err := p.pc.SetRemoteDescription(d); err != nil {
		return err
	}
	a, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := p.pc.SetLocalDescription(a); err != nil {
		return err
	}
	p.send(wire.KindAnswer, a)
	return nil
}
