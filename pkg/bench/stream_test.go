package bench

import (
	"math/rand/v2"
	"testing"
)

// script plays events on a stream: "s" sends, "a3" acks, "r3" refuses, "u3" never answers, "c3" comes, "x" ends the
// receiver's session.
func script(events ...string) (Promises, *stream) {
	var t tally
	s := newStream(&t)
	for _, e := range events {
		index := int64(0)
		if len(e) > 1 {
			index = int64(e[1] - '0')
		}
		switch e[0] {
		case 's':
			s.next()
		case 'a':
			s.answered(index, acked)
		case 'r':
			s.answered(index, refused)
		case 'u':
			s.answered(index, unknown)
		case 'c':
			s.came(index)
		case 'x':
			s.excuse()
		}
	}
	s.finish()
	return t.read(), s
}

func TestStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []string
		want   Promises
	}{
		{"nothing", nil, Promises{}},
		{"kept", []string{"s", "s", "a1", "c1", "c2", "a2"}, Promises{}},
		{"comes before its answer", []string{"s", "c1", "s", "c2", "a1", "a2"}, Promises{}},
		{"lost", []string{"s", "s", "a1", "a2", "c2"}, Promises{Lost: 1}},
		{"lost at the end", []string{"s", "s", "a1", "c1", "a2"}, Promises{Lost: 1}},
		{"all lost", []string{"s", "s", "a1", "a2"}, Promises{Lost: 2}},
		{"doubled", []string{"s", "c1", "c1", "a1"}, Promises{Doubled: 1}},
		{"doubled long after", []string{"s", "a1", "c1", "s", "a2", "c2", "c1"}, Promises{Doubled: 1}},
		{"reordered", []string{"s", "s", "a1", "a2", "c2", "c1"}, Promises{Reordered: 1}},
		{"reordered twice", []string{"s", "s", "s", "c3", "c1", "c2", "a1", "a2", "a3"}, Promises{Reordered: 2}},
		{"refused", []string{"s", "s", "r1", "a2", "c2"}, Promises{}},
		{"refused and came", []string{"s", "r1", "c1"}, Promises{Doubled: 1}},
		{"came and refused", []string{"s", "c1", "r1"}, Promises{Doubled: 1}},
		{"unanswered and did not come", []string{"s", "u1"}, Promises{}},
		{"unanswered and came", []string{"s", "u1", "c1"}, Promises{}},
		{"unanswered and came twice", []string{"s", "u1", "c1", "c1"}, Promises{Doubled: 1}},
		{"unanswered and came late", []string{"s", "s", "u1", "a2", "c2", "c1"}, Promises{Reordered: 1}},
		{"the run ended before the answer", []string{"s"}, Promises{}},
		{"never sent", []string{"c1"}, Promises{Doubled: 1}},
		{"excused", []string{"s", "s", "a1", "x", "a2"}, Promises{}},
		{"excused but not from once", []string{"s", "a1", "x", "c1", "c1"}, Promises{Doubled: 1}},
		{"lost after an excuse", []string{"s", "a1", "x", "s", "a2"}, Promises{Lost: 1}},
	} {
		if got, s := script(c.events...); got != c.want || len(s.open) > 0 {
			t.Errorf("%s: %v, want %v; %d left", c.name, got, c.want, len(s.open))
		}
	}
}

func TestStreamDue(t *testing.T) {
	var tl tally
	s := newStream(&tl)
	for i := range 3 {
		s.next()
		s.answered(int64(i+1), acked)
	}
	s.came(2)
	if s.due() != 2 {
		t.Errorf("%d are due, want 2", s.due())
	}
	s.excuse()
	if s.due() != 0 {
		t.Errorf("%d are due after an excuse", s.due())
	}
}

// TestStreamIsBounded holds that a receiver which gets nothing does not make the list grow, and that what falls off is
// counted.
func TestStreamIsBounded(t *testing.T) {
	var tl tally
	s := newStream(&tl)
	for range maxOpen + 10 {
		s.answered(s.next(), acked)
	}
	if len(s.open) != maxOpen || tl.read() != (Promises{Lost: 10}) {
		t.Errorf("%d open, %v", len(s.open), tl.read())
	}
}

// TestStreamFindsWhatIsPlanted breaks promises at random in a long run of signals and expects each to be counted.
func TestStreamFindsWhatIsPlanted(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		var tl tally
		var planted Promises
		s := newStream(&tl)
		hold := int64(0) // a signal that is overtaken by the next
		for range 20_000 {
			index := s.next()
			answer := func() { s.answered(index, acked) }
			if r.IntN(2) == 0 {
				answer()
				answer = func() {}
			}
			if hold != 0 {
				s.came(index)
				s.came(hold)
				planted.Reordered++
				hold = 0
			} else {
				switch r.IntN(50) {
				case 0:
					planted.Lost++
				case 1:
					s.came(index)
					s.came(index)
					planted.Doubled++
				case 2:
					hold = index
				default:
					s.came(index)
				}
			}
			answer()
		}
		if hold != 0 {
			planted.Lost++
		}
		s.finish()
		if tl.read() != planted {
			t.Errorf("seed %d: found %v, planted %v", seed, tl.read(), planted)
		}
	}
}
