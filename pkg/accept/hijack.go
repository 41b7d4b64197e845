package accept

import (
	"bufio"
	"net"
	"net/http"
)

// hijacked keeps the connection that the WebSocket library takes over, so that its session can end it at any time.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	if c := bottom(conn); c != nil {
		h.conn = c // below TLS, whose close may wait for a peer that reads nothing
	}
	return conn, rw, err
}
