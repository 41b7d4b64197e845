package redis

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// testApp is that of all peers, testRoom the room that they meet in.
const (
	testApp  wire.AppID  = "app"
	testRoom wire.RoomID = "room"
)

var testRoomAt = broker.RoomAddress{App: testApp, Room: testRoom}

// client is one peer and its session on a pod.
type client struct {
	t   testing.TB
	pod *pod
	broker.Attachment
	grace time.Duration
	id    int64 // the last one used
	seq   int64 // the last signal read
}

// attach gives peer a new session, confirmed.
func (p *pod) attach(t testing.TB, peer wire.PeerID, grace time.Duration) *client {
	t.Helper()
	a, err := p.Attach(t.Context(), broker.AttachRequest{Address: broker.Address{App: testApp, Peer: peer}, Grace: grace})
	if err == nil {
		err = p.Confirm(t.Context(), a.Ref)
	}
	if err != nil {
		t.Fatalf("Attach %s: %v", peer, err)
	}
	return &client{t: t, pod: p, Attachment: a, grace: grace}
}

func (c *client) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s of %s: %v", what, c.Peer, err)
	}
}

// join joins testRoom with the peer's name as meta.
func (c *client) join() broker.Roster {
	c.t.Helper()
	r, err := c.pod.Join(c.t.Context(), c.Ref, testRoom, quote(string(c.Peer)))
	c.must("Join", err)
	return r
}

func (c *client) detach() {
	c.t.Helper()
	c.must("Detach", c.pod.Detach(c.t.Context(), c.Ref))
}

func (c *client) ack() {
	c.t.Helper()
	c.must("Ack", c.pod.Ack(c.t.Context(), c.Ref, c.seq))
}

// resume attaches the same session on another pod, within limit, and confirms it.
func (c *client) resume(p *pod, limit time.Duration) {
	c.t.Helper()
	req := broker.AttachRequest{
		Address: c.Address, Grace: c.grace, Resume: &wire.Resume{Session: c.Session, Secret: c.Secret, Seq: c.seq},
	}
	a := eventually(c.t, limit, "resume of "+string(c.Peer), func() (broker.Attachment, error) { return p.Attach(c.t.Context(), req) })
	if !a.Resumed || a.N != c.N || a.Att <= c.Att || a.Seq != c.seq {
		c.t.Fatalf("resume of %s: resumed %v, n %d after %d, att %d after %d, seq %d of %d",
			c.Peer, a.Resumed, a.N, c.N, a.Att, c.Att, a.Seq, c.seq)
	}
	c.pod, c.Attachment = p, a
	c.must("Confirm", p.Confirm(c.t.Context(), c.Ref))
}

// answer takes the outcome of one signal.
type answer chan broker.Outcome

// Answer implements broker.Answerer.
func (a answer) Answer(_ *broker.Signal, o broker.Outcome) { a <- o }

// within waits for the outcome.
func (a answer) within(t testing.TB, limit time.Duration) broker.Outcome {
	t.Helper()
	select {
	case o := <-a:
		return o
	case <-time.After(limit):
		t.Fatalf("a signal is not answered within %v", limit)
		return broker.Outcome{}
	}
}

func quote(text string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", text)) }

// post sends text under an id; the answer comes later.
func (c *client) post(to wire.PeerID, id int64, again bool, text string) answer {
	a := make(answer, 2)
	c.pod.Send(c.t.Context(), &broker.Signal{From: c.Ref, ID: id, Again: again, To: to, Kind: wire.KindMessage, Data: quote(text)}, a)
	return a
}

// tell sends text under the next id and waits for its outcome.
func (c *client) tell(to wire.PeerID, text string) broker.Outcome {
	c.t.Helper()
	c.id++
	return c.post(to, c.id, false, text).within(c.t, patience)
}

// told is tell of what has to be taken.
func (c *client) told(to wire.PeerID, text string) {
	c.t.Helper()
	if o := c.tell(to, text); o.Code != "" {
		c.t.Fatalf("%q of %s to %s: %s", text, c.Peer, to, o.Code)
	}
}

// again sends the last id once more until it is answered otherwise than unavailable, as a client does.
func (c *client) again(to wire.PeerID, text string, limit time.Duration) broker.Outcome {
	c.t.Helper()
	return eventually(c.t, limit, "signal sent again", func() (broker.Outcome, error) {
		o := c.post(to, c.id, true, text).within(c.t, patience)
		if o.Code == wire.CodeUnavailable {
			return o, broker.ErrUnavailable
		}
		return o, nil
	})
}

// reads reads what comes until these texts have come, and fails where anything else is in the inbox.
func (c *client) reads(limit time.Duration, texts ...string) {
	c.t.Helper()
	var got []string
	for {
		c.pod.mu.Lock()
		before := c.pod.wakes[c.Address]
		c.pod.mu.Unlock()
		list := eventually(c.t, limit, "Inbox of "+string(c.Peer), func() ([]broker.Entry, error) {
			return c.pod.Inbox(c.t.Context(), c.Ref, c.seq, make([]broker.Entry, 0, 100))
		})
		for _, e := range list {
			if c.seq++; e.Seq != c.seq {
				c.t.Fatalf("inbox of %s: seq %d in place of %d", c.Peer, e.Seq, c.seq)
			}
			var text string
			if err := json.Unmarshal(e.Data, &text); err != nil {
				c.t.Fatalf("inbox of %s: %q: %v", c.Peer, e.Data, err)
			}
			got = append(got, text)
		}
		if len(got) >= len(texts) && len(list) == 0 {
			break
		}
		if len(list) == 0 {
			c.pod.until(c.t, limit, fmt.Sprintf("%q for %s, who has %q", texts, c.Peer, got),
				func() bool { return c.pod.wakes[c.Address] > before })
		}
	}
	if !slices.Equal(got, texts) {
		c.t.Fatalf("inbox of %s: %q, want %q", c.Peer, got, texts)
	}
}

// peers reads the room's roster, once it is to be had.
func (c *client) peers(limit time.Duration) []wire.PeerID {
	c.t.Helper()
	r := eventually(c.t, limit, "Roster for "+string(c.Peer), func() (broker.Roster, error) {
		return c.pod.Roster(c.t.Context(), c.Ref, testRoom)
	})
	var all []wire.PeerID
	for _, m := range r.Members {
		if string(m.Meta) != string(quote(string(m.Peer))) {
			c.t.Errorf("meta of %s is %s", m.Peer, m.Meta)
		}
		all = append(all, m.Peer)
	}
	return all
}

// sees fails unless the roster is these peers.
func (c *client) sees(limit time.Duration, peers ...wire.PeerID) {
	c.t.Helper()
	slices.Sort(peers)
	if got := c.peers(limit); !slices.Equal(got, peers) {
		c.t.Errorf("roster for %s: %q, want %q", c.Peer, got, peers)
	}
}
