package protocol

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The opcodes of RFC 6455 section 5.2.
const (
	opContinue, opText, opBinary, opClose, opPing, opPong = 0, 1, 2, 8, 9, 10
	fin                                                   = 0x80
)

// raw is one socket whose bytes the test writes itself. Nothing is read or answered but what the test reads.
type raw struct {
	w    *world
	conn *net.TCPConn
	br   *bufio.Reader
}

// knock connects and writes text.
func (w *world) knock(text string) *raw {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.g.url, "http://"), patience)
	if err != nil {
		w.t.Fatalf("ALDIS_URL must be http://host:port: %v", err)
	}
	w.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(3 * patience))
	if _, err := io.WriteString(conn, text); err != nil {
		w.t.Fatal(err)
	}
	return &raw{w: w, conn: conn.(*net.TCPConn), br: bufio.NewReader(conn)}
}

// handshake is a request to upgrade, with further header lines.
func handshake(more ...string) string {
	lines := append([]string{
		"GET /v1/connect HTTP/1.1", "Host: aldis.test", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// response reads an HTTP response.
func (r *raw) response() *http.Response {
	r.w.t.Helper()
	res, err := http.ReadResponse(r.br, nil)
	if err != nil {
		r.w.t.Fatal(err)
	}
	return res
}

// raw opens a WebSocket and says nothing yet.
func (w *world) raw() *raw {
	w.t.Helper()
	r := w.knock(handshake("Sec-WebSocket-Protocol: aldis.v1"))
	if res := r.response(); res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		w.t.Fatalf("upgrade: %v", res)
	}
	return r
}

// rawPeer is raw with a hello, its welcome taken and confirmed.
func (w *world) rawPeer(name string) (*raw, frame) {
	w.t.Helper()
	r := w.raw()
	r.text(`{"type":"hello","peer":%q}`, w.id(name))
	_, b := r.read()
	f, err := parse(b)
	if err != nil || f.typ() != "welcome" {
		w.t.Fatalf("%s, %v instead of welcome", b, err)
	}
	r.text(`{"type":"ack","seq":0}`)
	return r, f
}

// bytes writes as much as the other side takes; an error is no matter, for what follows shows.
func (r *raw) bytes(b []byte) error {
	_, err := r.conn.Write(b)
	return err
}

// masked returns one frame as a client has to write it.
func masked(first byte, payload []byte) []byte {
	b := append(header(first, 0x80, uint64(len(payload))), 1, 2, 3, 4)
	for i, p := range payload {
		b = append(b, p^byte(i%4+1))
	}
	return b
}

// header returns the start of a frame; mask is 0x80 or 0.
func header(first, mask byte, size uint64) []byte {
	switch {
	case size < 126:
		return []byte{first, mask | byte(size)}
	case size < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(size))
	}
	return binary.BigEndian.AppendUint64([]byte{first, mask | 127}, size)
}

func (r *raw) text(format string, args ...any) {
	_ = r.bytes(masked(fin|opText, fmt.Appendf(nil, format, args...)))
}

// frame reads one frame, whatever it is.
func (r *raw) frame() (op byte, payload []byte, err error) {
	var h [2]byte
	if _, err := io.ReadFull(r.br, h[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(h[1] & 0x7f)
	if h[1]&0x80 != 0 || h[0]&0x70 != 0 || size > 126 && size != 127 {
		return 0, nil, fmt.Errorf("the gateway broke RFC 6455: %x", h)
	}
	if size >= 126 {
		ext := make([]byte, 2+6*(size-126))
		if _, err := io.ReadFull(r.br, ext); err != nil {
			return 0, nil, err
		}
		size = 0
		for _, b := range ext {
			size = size<<8 | uint64(b)
		}
	}
	if size > 4*65536 {
		return 0, nil, fmt.Errorf("a frame of %d bytes", size)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(r.br, payload)
	return h[0] & 15, payload, err
}

// read reads up to the next frame that is no ping or pong, answering no ping.
func (r *raw) read() (byte, []byte) {
	r.w.t.Helper()
	for {
		op, b, err := r.frame()
		if err != nil {
			r.w.t.Fatalf("read: %v", err)
		}
		if op != opPing && op != opPong {
			return op, b
		}
	}
}

// refused reads to the close frame and wants its code, and an error without id as the last frame before it. Whether a socket
// that broke RFC 6455 still takes one is left open.
func (r *raw) refused(codes ...int) {
	r.w.t.Helper()
	var last []byte
	for {
		op, b, err := r.frame()
		if err != nil {
			r.w.t.Fatalf("the socket ended (%v) without a close; want %v", err, codes)
		}
		switch {
		case op == opText:
			last = b
		case op == opClose && len(b) >= 2:
			got, ok := int(binary.BigEndian.Uint16(b)), false
			for _, c := range codes {
				ok = ok || c == got
			}
			if !ok {
				r.w.t.Errorf("closed %d %q, want %v", got, b[2:], codes)
			}
			if f, err := parse(last); got != 1002 && (err != nil || f.typ() != "error" || f.has("id")) {
				r.w.t.Errorf("close %d: no error without id came before it, but %q", got, last)
			}
			return
		case op == opClose:
			r.w.t.Fatalf("a close without a code; want %v", codes)
		}
	}
}
