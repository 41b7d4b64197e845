package brokertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// app is that of all peers whose test is not about apps.
const app wire.AppID = "app"

// fleet is a started Fleet.
type fleet struct {
	t         testing.TB
	pods      []*pod
	leftovers func() int
	midway    func()
	lossy     bool
}

// pod is a broker and what it told its Sink.
type pod struct {
	broker.Broker
	*recorder
}

// start opens and starts a fleet, which ends with t.
func start(t testing.TB, open Open, limits broker.Limits) *fleet {
	t.Helper()
	made := open(t, limits)
	f := &fleet{t: t, leftovers: made.Leftovers, midway: made.Midway, lossy: made.Lossy && made.Midway != nil}
	for _, b := range made.Pods {
		p := &pod{Broker: b, recorder: newRecorder()}
		if err := b.Start(context.Background(), p); err != nil {
			t.Fatalf("Start: %v", err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := b.Close(ctx); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		f.pods = append(f.pods, p)
	}
	return f
}

// pod returns the i-th pod, counted round.
func (f *fleet) pod(i int) *pod { return f.pods[i%len(f.pods)] }

// request asks for a peer of app with a long grace.
func request(peer wire.PeerID) broker.AttachRequest {
	return broker.AttachRequest{Address: broker.Address{App: app, Peer: peer}, Grace: grace}
}

// attach gives peer a new session on the i-th pod, confirmed.
func (f *fleet) attach(i int, peer wire.PeerID) *client { return f.attachAs(i, request(peer)) }

// attachAs is attach with a request of one's own.
func (f *fleet) attachAs(i int, req broker.AttachRequest) *client {
	f.t.Helper()
	c := f.greet(i, req)
	c.confirm()
	return c
}

// greet is attachAs for a client that does not answer its welcome.
func (f *fleet) greet(i int, req broker.AttachRequest) *client {
	f.t.Helper()
	a, err := f.pod(i).Attach(ctx(f.t), req)
	if err != nil {
		f.t.Fatalf("Attach %s: %v", req.Peer, err)
	}
	if a.Resumed {
		f.t.Fatalf("Attach %s: resumed", req.Peer)
	}
	return &client{t: f.t, fleet: f, pod: f.pod(i), Attachment: a, grace: req.Grace}
}

// refused asks for a session that is not to be had, and returns what came with ErrTaken.
func (f *fleet) refused(i int, req broker.AttachRequest) broker.Attachment {
	f.t.Helper()
	a, err := f.pod(i).Attach(ctx(f.t), req)
	if !errors.Is(err, broker.ErrTaken) {
		f.t.Fatalf("Attach %s: %+v, %v; want ErrTaken", req.Peer, a, err)
	}
	return a
}

// emptied waits until the store holds nothing.
func (f *fleet) emptied() {
	f.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); f.leftovers() != 0; <-tick.C {
		if time.Now().After(end) {
			f.t.Fatalf("%d things are left", f.leftovers())
		}
	}
}

// ctx bounds one call.
func ctx(t testing.TB) context.Context {
	c, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return c
}
