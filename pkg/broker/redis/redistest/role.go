package redistest

import (
	"fmt"
	"strconv"
	"strings"
)

// role returns "master" or "slave", as the server sees itself.
func (s *Server) role() (string, error) {
	if !s.up() {
		return "", fmt.Errorf("%s is down", s.Addr())
	}
	v, err := s.Try("ROLE")
	if list := texts(v); err == nil && len(list) > 0 {
		return list[0], nil
	}
	return "", fmt.Errorf("ROLE of %s: %v, %w", s.Addr(), v, err)
}

// writable says why the server is no master that takes writes.
func (s *Server) writable() error {
	role, err := s.role()
	if err != nil {
		return err
	}
	if role != "master" {
		return fmt.Errorf("%s is a %s", s.Addr(), role)
	}
	_, err = s.Try("DEL", "redistest:no-such-key") // a write that changes nothing, and is refused as any other
	return err
}

// replicated says why a master with this INFO replication has not n replicas that have its first offset bytes.
func replicated(info map[string]string, n int, offset int64) error {
	in := 0
	for i := range n {
		for field := range strings.SplitSeq(info[fmt.Sprintf("slave%d", i)], ",") {
			if text, ok := strings.CutPrefix(field, "offset="); ok && number(text) >= offset && number(text) > 0 {
				in++
			}
		}
	}
	if in != n || info["connected_slaves"] != strconv.Itoa(n) {
		return fmt.Errorf("%d of %s replicas in step, not %d", in, info["connected_slaves"], n)
	}
	return nil
}

// number reads what the server wrote as a number; 0 is what it is not.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func addrs(list []*Server) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = s.Addr()
	}
	return out
}

func byAddr(list []*Server, addr string) (*Server, error) {
	for _, s := range list {
		if s.Addr() == addr {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no server of the test has the address %q", addr)
}
