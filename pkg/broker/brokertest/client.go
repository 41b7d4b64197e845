package brokertest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// client is one peer and its session on a pod.
type client struct {
	t     testing.TB
	fleet *fleet
	pod   *pod
	broker.Attachment
	grace time.Duration
	id    int64 // the last one used
	seq   int64 // the last signal processed
	// missed: its attachment was lost for a time, in which its pod may not have heard of its rooms.
	missed bool
}

// claim is what the client resumes with.
func (c *client) claim() *wire.Resume {
	return &wire.Resume{Session: c.Session, Secret: c.Secret, Seq: c.seq}
}

// resuming is a request with the client's claim.
func (c *client) resuming() broker.AttachRequest {
	return broker.AttachRequest{Address: c.Address, Resume: c.claim(), Grace: c.grace}
}

func (c *client) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s of %s: %v", what, c.Peer, err)
	}
}

func (c *client) confirm() {
	c.t.Helper()
	c.must("Confirm", c.pod.Confirm(ctx(c.t), c.Ref))
}

func (c *client) detach() {
	c.t.Helper()
	c.must("Detach", c.pod.Detach(ctx(c.t), c.Ref))
}

func (c *client) end() {
	c.t.Helper()
	c.must("End", c.pod.End(ctx(c.t), c.Ref))
}

func (c *client) ack(seq int64) {
	c.t.Helper()
	c.must("Ack", c.pod.Ack(ctx(c.t), c.Ref, seq))
}

// resume attaches the session anew on the i-th pod and confirms it.
func (c *client) resume(i int) {
	c.t.Helper()
	c.resumeLosing(i)
	c.confirm()
}

// resumeLosing is resume by a client that has not answered its welcome yet.
func (c *client) resumeLosing(i int) {
	c.t.Helper()
	a, err := c.fleet.pod(i).Attach(ctx(c.t), c.resuming())
	if err != nil || !a.Resumed {
		c.t.Fatalf("Attach %s: resumed %v, %v", c.Peer, a.Resumed, err)
	}
	if a.N != c.N || a.Session != c.Session || a.Att <= c.Att || a.Secret == c.Secret || a.Seq != c.seq {
		c.t.Fatalf("Attach %s: n %d after %d, att %d after %d, seq %d for %d, same session %v, same secret %v",
			c.Peer, a.N, c.N, a.Att, c.Att, a.Seq, c.seq, a.Session == c.Session, a.Secret == c.Secret)
	}
	c.pod, c.Attachment = c.fleet.pod(i), a
}

// answer takes the outcome of one signal, and notices a second one.
type answer chan broker.Outcome

func newAnswer() answer { return make(answer, 2) }

// Answer implements broker.Answerer.
func (a answer) Answer(_ *broker.Signal, o broker.Outcome) {
	select {
	case a <- o:
	default:
	}
}

// wait returns the outcome.
func (a answer) wait(t testing.TB) broker.Outcome {
	t.Helper()
	select {
	case o := <-a:
		return o
	case <-time.After(patience):
		t.Fatal("a signal is not answered")
		return broker.Outcome{}
	}
}

// post hands a signal over as it is, but for its From.
func (c *client) post(s broker.Signal) answer {
	s.From = c.Ref
	a := newAnswer()
	c.pod.Send(ctx(c.t), &s, a)
	return a
}

// send sends a signal under the next id and waits for its outcome.
func (c *client) send(s broker.Signal) broker.Outcome {
	c.t.Helper()
	c.id++
	s.ID = c.id
	return c.post(s).wait(c.t)
}

// tell sends text to a peer.
func (c *client) tell(to wire.PeerID, text string) broker.Outcome {
	c.t.Helper()
	return c.send(broker.Signal{To: to, Kind: wire.KindMessage, Data: quote(text)})
}

// told is tell of what has to be taken.
func (c *client) told(to wire.PeerID, text string) {
	c.t.Helper()
	if o := c.tell(to, text); o.Code != "" {
		c.t.Fatalf("signal %q of %s to %s: %s", text, c.Peer, to, o.Code)
	}
}

func quote(text string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", text)) }

// read processes at least n signals, and whatever more is there, without an ack. A signal that was taken is in the inbox, for
// its reader as soon as the Wake says so.
func (c *client) read(n int) []broker.Entry {
	c.t.Helper()
	var all []broker.Entry
	for {
		before := c.pod.wakesOf(c.Address)
		list, err := c.pod.Inbox(ctx(c.t), c.Ref, c.seq, make([]broker.Entry, 0, 100))
		c.must("Inbox", err)
		for _, e := range list {
			if c.seq++; e.Seq != c.seq {
				c.t.Fatalf("inbox of %s: seq %d in place of %d", c.Peer, e.Seq, c.seq)
			}
		}
		if all = append(all, list...); len(list) > 0 {
			continue
		}
		if len(all) >= n {
			return all
		}
		c.pod.until(c.t, fmt.Sprintf("%d signals for %s, of which %d have come", n, c.Peer, len(all)), func() bool {
			return c.pod.wakes[c.Address] > before
		})
	}
}

// reads processes the inbox and demands these texts in this order.
func (c *client) reads(texts ...string) {
	c.t.Helper()
	list := c.read(len(texts))
	got := make([]string, len(list))
	for i, e := range list {
		if err := json.Unmarshal(e.Data, &got[i]); err != nil {
			c.t.Fatalf("inbox of %s: %s: %v", c.Peer, e.Data, err)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(texts) {
		c.t.Fatalf("inbox of %s: %q, want %q", c.Peer, got, texts)
	}
}

// at is the address of a room of the client's app.
func (c *client) at(room wire.RoomID) broker.RoomAddress {
	return broker.RoomAddress{App: c.App, Room: room}
}

// join joins a room; meta "" stands for none.
func (c *client) join(room wire.RoomID, meta string) broker.Roster {
	c.t.Helper()
	var raw json.RawMessage
	if meta != "" {
		raw = json.RawMessage(meta)
	}
	r, err := c.pod.Join(ctx(c.t), c.Ref, room, raw)
	c.must("Join", err)
	return r
}
