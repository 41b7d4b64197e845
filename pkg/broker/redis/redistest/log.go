package redistest

import (
	"bytes"
	"os"
)

// logShown is how much of a server's log is shown at most, in bytes, from its end.
const logShown = 16 << 10

// said returns the end of what the server has logged after the first `from` bytes.
func (s *Server) said(from int64) []byte {
	all, err := os.ReadFile(s.Log())
	if err != nil {
		return []byte(err.Error())
	}
	all = all[min(from, int64(len(all))):]
	return all[max(0, len(all)-logShown):]
}

// portTaken reports whether a log says that the server could not listen, on its own port or on that of the Cluster's bus.
func portTaken(log []byte) bool {
	return bytes.Contains(log, []byte("Address already in use"))
}
