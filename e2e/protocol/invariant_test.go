package protocol

import (
	"fmt"
	"sync"
)

// inv is what holds on every socket whatever the test is about: seq without gaps, one answer to an id, the polite bit,
// nobody listed to itself.
type inv struct {
	mu       sync.Mutex
	peer     string           // guarded by mu, as all below
	seq      int64            // the last
	owed     map[string]int   // by id: frames sent less answers received
	versions map[string]int64 // by room, of presence
}

// sent notes a frame of the client's; id is its JSON, "" where it has none.
func (v *inv) sent(id string) {
	if id == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.owed == nil {
		v.owed = map[string]int{}
	}
	v.owed[id]++
}

// from says what was processed before a resume.
func (v *inv) from(seq int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq = seq
}

func (v *inv) see(f frame) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if f.answers() && !f.flag("more") {
		id := string(f.f["id"])
		if v.owed == nil {
			v.owed = map[string]int{}
		}
		if v.owed[id]--; v.owed[id] < 0 {
			return fmt.Errorf("one answer too many: %s", f.raw)
		}
	}
	switch f.typ() {
	case "welcome":
		v.peer = f.str("peer")
		if !f.flag("resumed") {
			v.seq = 0
		}
	case "signal":
		if v.seq++; f.num("seq") != v.seq {
			return fmt.Errorf("seq is not %d in %s", v.seq, f.raw)
		}
		return v.polite(f, f.str("from"))
	case "presence":
		if v.versions == nil {
			v.versions = map[string]int64{}
		}
		if f.num("v") <= v.versions[f.str("room")] {
			return fmt.Errorf("v does not rise in %s", f.raw)
		}
		v.versions[f.str("room")] = f.num("v")
		if f.str("peer") == v.peer {
			return fmt.Errorf("a presence about oneself: %s", f.raw)
		}
		if e := f.str("event"); e != "join" && e != "leave" && e != "update" {
			return fmt.Errorf("unknown event: %s", f.raw)
		}
		return v.polite(f, f.str("peer"))
	case "joined", "roster":
		peers := f.peers()
		if len(peers) > 100 {
			return fmt.Errorf("%d peers in one part", len(peers))
		}
		for name, e := range peers {
			if name == "" || name == v.peer || e.num("n") < 0 || !e.has("polite") {
				return fmt.Errorf("an entry is doubled, oneself or not whole: %s", e.raw)
			}
			if err := v.polite(e, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// polite: of two peers the one whose id is greater in byte order is; the bit is the receiver's.
func (v *inv) polite(f frame, other string) error {
	if other != v.peer && f.flag("polite") != (v.peer > other) {
		return fmt.Errorf("polite is wrong for %s in %s", v.peer, f.raw)
	}
	return nil
}
