package redis

import (
	"fmt"
	"strconv"
	"strings"
)

// mark is what an inbox has had of one sender: an entry counts where it is above the mark, which makes order and once a
// function of the stream that every pod computes alike.
type mark struct {
	n    int64  // the sender's incarnation
	last int64  // its highest id
	bits uint64 // bit i: last-i was taken
}

// take raises the mark by an entry and reports whether it counts. Id 0 is not compared. A void entry raises it and does not count.
func (m *mark) take(n, id int64, void bool) bool {
	switch {
	case n < m.n || n == m.n && id != 0 && id <= m.last:
		return false
	case id == 0:
		return !void
	case n > m.n:
		*m = mark{n: n}
	}
	if d := id - m.last; d < 64 {
		m.bits <<= d
	} else {
		m.bits = 0
	}
	m.last = id
	if !void {
		m.bits |= 1
	}
	return !void
}

func (m mark) String() string { return fmt.Sprintf("%d %d %016x", m.n, m.last, m.bits) }

func parseMark(s string) (m mark, ok bool) {
	f := strings.Fields(s)
	if len(f) != 3 {
		return m, false
	}
	var errs [3]error
	m.n, errs[0] = parseNumber(f[0])
	m.last, errs[1] = parseNumber(f[1])
	m.bits, errs[2] = strconv.ParseUint(f[2], 16, 64)
	return m, errs == [3]error{}
}
