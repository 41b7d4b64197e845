package redistest

import (
	"fmt"
	"slices"
	"strings"
)

// node is one line of CLUSTER NODES.
type node struct {
	id, addr string
	self     bool
	master   bool
	up       bool // neither failing nor in handshake
	linked   bool
	of       string   // a replica's master
	slots    [][2]int // ranges, both ends included
}

func (n *node) holds(slot int) bool {
	return slices.ContainsFunc(n.slots, func(r [2]int) bool { return r[0] <= slot && slot <= r[1] })
}

// layout is a Cluster as one of its nodes sees it, sorted by id.
type layout []*node

// layout asks the node for it.
func (s *Server) layout() (layout, error) {
	if !s.up() {
		return nil, fmt.Errorf("%s is down", s.Addr())
	}
	v, err := s.Try("CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	var l layout
	text, _ := v.(string)
	for line := range strings.Lines(text) {
		n, err := parseNode(strings.Fields(line))
		if err != nil {
			return nil, err
		}
		l = append(l, n)
	}
	slices.SortFunc(l, func(a, b *node) int { return strings.Compare(a.id, b.id) })
	if l.me() == nil {
		return nil, fmt.Errorf("%s does not know itself: %q", s.Addr(), text)
	}
	return l, nil
}

// parseNode reads "id ip:port@bus[,name] flags master ping pong epoch link slot …" (the command's documentation, "Serialization
// format"). Slots on the move, in brackets, are still where they were.
func parseNode(f []string) (*node, error) {
	if len(f) < 8 {
		return nil, fmt.Errorf("CLUSTER NODES: %q", f)
	}
	flags := strings.Split(f[2], ",")
	addr, _, _ := strings.Cut(f[1], "@")
	n := &node{
		id: f[0], addr: addr, of: f[3], linked: f[7] == "connected",
		self: slices.Contains(flags, "myself"), master: slices.Contains(flags, "master"),
		up: !slices.ContainsFunc(flags, func(s string) bool {
			return s == "fail" || s == "fail?" || s == "handshake" || s == "noaddr"
		}),
	}
	for _, text := range f[8:] {
		if strings.HasPrefix(text, "[") {
			continue
		}
		low, high, ok := strings.Cut(text, "-")
		if !ok {
			high = low
		}
		n.slots = append(n.slots, [2]int{int(number(low)), int(number(high))})
	}
	return n, nil
}

// me returns the node that was asked.
func (l layout) me() *node {
	for _, n := range l {
		if n.self {
			return n
		}
	}
	return nil
}

// String is the same for all nodes that agree who holds which slots.
func (l layout) String() string {
	var b strings.Builder
	for _, n := range l {
		fmt.Fprintf(&b, "%s %s master %v of %s slots %v\n", n.id, n.addr, n.master, n.of, n.slots)
	}
	return b.String()
}

// whole says what is missing to n nodes that are up and hold all slots.
func (l layout) whole(n int) error {
	if len(l) != n {
		return fmt.Errorf("%d of %d nodes are known", len(l), n)
	}
	held := 0
	for _, n := range l {
		if !n.up || !n.linked && !n.self {
			return fmt.Errorf("%s is not up", n.addr)
		}
		for _, r := range n.slots {
			held += r[1] - r[0] + 1
		}
	}
	if held != slots {
		return fmt.Errorf("%d of %d slots are held", held, slots)
	}
	return nil
}
