package cuts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// A cut is where one connection ends.
type cut int

const (
	loseFrame   cut = iota // a frame of the gateway is lost, and with it the connection: an answer, or the welcome
	loseReply              // a frame arrives, and what the client then says is lost: the first ack, an ack, a next signal
	afterWrite             // what the client wrote arrives at the gateway, and nothing comes back
	cutKinds    = iota
	maxPassed   = 24 // frames that pass before a cut
	welcomeOdds = 4  // one cut in so many is at the welcome itself
)

// cutter makes connections that are cut as a seed says.
type cutter struct {
	mu   sync.Mutex
	rand *rand.Rand
	left atomic.Int64 // cuts that are still to be made
	made [cutKinds]atomic.Int64
	// atWelcome counts those at frame 0.
	atWelcome atomic.Int64
}

var errCut = errors.New("cut by the test")

// dial is the SDK's DialContext.
func (c *cutter) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f := &flaky{Conn: conn, cutter: c, in: bufio.NewReader(conn), kind: cut(c.rand.IntN(cutKinds)), pass: c.rand.IntN(maxPassed)}
	if c.rand.IntN(welcomeOdds) == 0 {
		f.pass = 0
	}
	return f, nil
}

// flaky passes pass frames of the gateway and then cuts as kind says.
type flaky struct {
	net.Conn
	cutter *cutter
	in     *bufio.Reader
	out    bytes.Buffer // what Read has to give
	kind   cut
	pass   int
	seen   int         // frames read
	head   bool        // the HTTP answer was read
	armed  atomic.Bool // the next write is the cut's

	mu   sync.Mutex
	over bool
}

// cut ends the connection, with a reset or with a FIN behind what was written, if cuts are left to be made.
func (f *flaky) cut(reset bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || f.cutter.left.Add(-1) < 0 {
		return f.over
	}
	f.over = true
	f.cutter.made[f.kind].Add(1)
	if f.pass == 0 {
		f.cutter.atWelcome.Add(1)
	}
	if tcp, ok := f.Conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = f.Conn.Close()
	return true
}

func (f *flaky) isOver() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over
}

func (f *flaky) Read(p []byte) (int, error) {
	if f.out.Len() == 0 {
		if err := f.frame(); err != nil {
			return 0, err
		}
	}
	return f.out.Read(p)
}

// frame moves the HTTP answer, and then one WebSocket frame at a time (RFC 6455 section 5.2), from the gateway to the client.
func (f *flaky) frame() error {
	if f.isOver() {
		return syscall.ECONNRESET
	}
	if !f.head {
		for !bytes.HasSuffix(f.out.Bytes(), []byte("\r\n\r\n")) {
			b, err := f.in.ReadByte()
			if err != nil {
				return err
			}
			f.out.WriteByte(b)
		}
		f.head = true
		return nil
	}
	b, err := f.read()
	if err != nil {
		return err
	}
	at := f.seen == f.pass
	f.seen++
	if at && f.kind == loseFrame && f.cut(true) {
		return syscall.ECONNRESET
	}
	if at && f.kind != loseFrame {
		f.armed.Store(true)
	}
	f.out.Write(b)
	return nil
}

func (f *flaky) read() ([]byte, error) {
	b := make([]byte, 2, 10)
	if _, err := io.ReadFull(f.in, b); err != nil {
		return nil, err
	}
	n := int(b[1] & 0x7f)
	if more := map[int]int{126: 2, 127: 8}[n]; more > 0 {
		b = b[:2+more]
		if _, err := io.ReadFull(f.in, b[2:]); err != nil {
			return nil, err
		}
		n = int(binary.BigEndian.Uint16(b[2:]))
		if more == 8 {
			n = int(binary.BigEndian.Uint64(b[2:]))
		}
	}
	b = append(b, make([]byte, n)...)
	_, err := io.ReadFull(f.in, b[len(b)-n:])
	return b, err
}

func (f *flaky) Write(p []byte) (int, error) {
	if f.isOver() || f.armed.Load() && f.kind == loseReply && f.cut(true) {
		return 0, errCut
	}
	n, err := f.Conn.Write(p)
	if err == nil && f.armed.Load() && f.kind == afterWrite {
		f.cut(false)
	}
	return n, err
}
