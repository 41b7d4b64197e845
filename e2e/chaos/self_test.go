package chaos

import (
	"bufio"
	"net"
	"testing"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestLedger breaks each promise on purpose: the account must say so.
func TestLedger(t *testing.T) {
	c := newCrowd(2 * roomSize)
	l := c.ledger
	n := 0
	post := func(to ...int) *signal {
		n++
		s := &signal{from: 0, n: n, to: to, room: len(to) > 1}
		l.post(s)
		return s
	}
	ok := func(s *signal, receivers int) { l.answer(s, client.Ack{Receivers: receivers}, "", false, 0) }
	for _, p := range c.peers {
		p.c = new(client.Client)
	}
	post(11)          // 1: never answered
	ok(post(11), 0)   // 2: never arrives
	twice := post(11) // 3
	ok(twice, 0)
	later := post(11) // 4
	ok(later, 0)
	l.arrive(0, 4, 11)
	l.arrive(0, 3, 11) // after 4
	l.arrive(0, 3, 11) // and again
	no := post(11)     // 5
	l.answer(no, client.Ack{}, wire.CodeInboxFull, false, 0)
	l.arrive(0, 5, 11)
	ok(post(12), 0) // 6: for another
	l.arrive(0, 6, 13)
	room := post(1, 2, 3) // 7
	ok(room, 2)
	l.arrive(0, 7, 1)
	l.arrive(0, 7, 2)
	ok(post(5), 0) // 8: dropped with the session of p5
	c.peers[5].losses = []loss{{time.Now(), time.Now().Add(time.Second)}}
	c.peers[4].roster.flaps = []flap{{time.Now(), "p3", wire.EventLeave}, {time.Now(), "p5", wire.EventLeave}}
	o := &outcome{name: "test", began: time.Now().Add(-time.Minute), ended: time.Now()}
	var all promises
	c.audit(o, l.settle(t.Context(), time.Now(), time.Millisecond), &all)
	got := l.count
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"unanswered", got.unanswered, 1}, {"lost", got.lost, 2}, {"duplicates", got.duplicates, 1}, {"reordered", got.reordered, 1},
		{"phantoms", got.phantoms, 1}, {"wrongly", got.wrongly, 1}, {"strangers", got.strangers, 1}, {"short rooms", got.shortRooms, 1},
		{"dropped", got.dropped, 1}, {"sessions", all.sessions, 1}, {"flaps", all.flaps, 1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
	l.arrive(0, 2, 11)
	if l.count.late != 1 {
		t.Error("a late arrival is not counted")
	}
}

// TestLedgerLossy: what a store lost is bounded by what waited in it, and who is not told is counted.
func TestLedgerLossy(t *testing.T) {
	c := newCrowd(roomSize)
	for _, p := range c.peers {
		p.c = new(client.Client)
		p.gaps = []time.Time{time.Now().Add(time.Hour)}
	}
	c.peers[3].gaps = nil
	before := &signal{from: 0, n: 1, to: []int{1}}
	c.ledger.post(before)
	c.ledger.answer(before, client.Ack{}, "", false, 0)
	o := &outcome{name: "test", began: time.Now(), lossy: true, lossAt: time.Now()}
	after := &signal{from: 0, n: 2, to: []int{1}}
	c.ledger.post(after)
	o.ended = time.Now()
	c.ledger.answer(after, client.Ack{}, "", false, 0)
	var all promises
	c.audit(o, c.ledger.settle(t.Context(), time.Now(), time.Millisecond), &all)
	if o.waiting != 1 || o.lost != 1 || c.ledger.count.lost != 1 || o.untold != 1 || o.told != roomSize-1 {
		t.Errorf("waiting %d, lost %d, lost after %d, untold %d, told %d", o.waiting, o.lost, c.ledger.count.lost, o.untold, o.told)
	}
}

// TestTap: a muted tap swallows what is published, and answers in its place and in order.
func TestTap(t *testing.T) {
	store := redistest.Start(t)
	p := startTap(t, store.Addr())
	open := func() (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", p.addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // the tap may have
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return conn, bufio.NewReader(conn)
	}
	say := func(conn net.Conn, text string) {
		t.Helper()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(in *bufio.Reader, want string) {
		t.Helper()
		got, _, err := readReply(in)
		if err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	listener, heard := open()
	say(listener, "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n")
	hear(heard, "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
	conn, in := open()
	publish := func(text string) string { return "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$1\r\n" + text + "\r\n" }
	p.muted.Store(true)
	say(conn, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"+publish("1")+"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"+publish("2"))
	hear(in, "+OK\r\n")
	hear(in, ":1\r\n")
	hear(in, "$1\r\nv\r\n")
	hear(in, ":1\r\n")
	p.muted.Store(false)
	say(conn, publish("3")+"*2\r\n$3\r\nGET\r\n$1\r\nx\r\n")
	hear(in, ":1\r\n")
	hear(in, "$-1\r\n")
	hear(heard, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n3\r\n")
	if n := p.dropped.Load(); n != 2 {
		t.Errorf("%d dropped", n)
	}
}
