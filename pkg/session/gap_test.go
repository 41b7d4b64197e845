package session

import (
	"testing"
	"testing/synctest"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// TestGapBringsRosters tells a client whose store lost writes each of its rooms anew, once for gaps that come together,
// and what changes in the rooms afterwards.
func TestGapBringsRosters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, nil)
		c := r.open("alice")
		for _, room := range []string{"a", "b"} {
			c.send(`{"type":"join","id":` + map[string]string{"a": "1", "b": "2"}[room] + `,"room":"` + room + `"}`)
			c.want(wire.TypeJoined)
		}
		r.mgr.deps.Hub.Gap(broker.Address{App: wire.DefaultApp, Peer: "alice"})
		c.want(wire.TypeGap)
		for _, room := range []wire.RoomID{"a", "b"} {
			if m := c.want(wire.TypeRoster); m.Room != room || m.ID != 0 || m.V != 1 {
				t.Errorf("got %+v", m)
			}
		}
		d := r.open("bob")
		d.send(`{"type":"join","id":1,"room":"a"}`)
		d.want(wire.TypeJoined)
		if m := c.want(wire.TypePresence); m.Peer != "bob" || m.V != 2 {
			t.Errorf("got %+v", m)
		}
	})
}
