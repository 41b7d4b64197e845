package redistest

import (
	"fmt"
	"slices"
	"testing"
)

// Bounds of one MIGRATE.
const (
	migrateKeys    = 100
	migrateTimeout = 2000 // milliseconds
)

// MoveSlot moves a slot with its keys to another master, while clients go on, as `redis-cli --cluster reshard` does (Redis
// Cluster specification, "live reconfiguration"). When it returns every node that answers knows the new owner.
func (c *Cluster) MoveSlot(t testing.TB, slot int, to *Server) {
	t.Helper()
	from := c.Owner(t, slot)
	if from == to {
		return
	}
	fromID, toID := from.Do(t, "CLUSTER", "MYID"), to.Do(t, "CLUSTER", "MYID")
	to.Do(t, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	from.Do(t, "CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	for {
		keys, _ := from.Do(t, "CLUSTER", "GETKEYSINSLOT", slot, migrateKeys).([]any)
		if len(keys) == 0 {
			break
		}
		args := []any{"MIGRATE", "127.0.0.1", to.port.number, "", 0, migrateTimeout, "KEYS"}
		from.Do(t, append(args, keys...)...)
	}
	to.Do(t, "CLUSTER", "SETSLOT", slot, "NODE", toID) // first, so that there is an owner at all times
	from.Do(t, "CLUSTER", "SETSLOT", slot, "NODE", toID)
	for _, s := range c.Masters(t) {
		if s != to && s != from {
			s.Do(t, "CLUSTER", "SETSLOT", slot, "NODE", toID) // the others would hear of it later
		}
	}
	await(t, patience, fmt.Sprintf("agreement on slot %d", slot), func() error {
		for _, s := range c.servers {
			layout, err := s.layout()
			if err != nil {
				continue // it is down
			}
			for _, n := range layout {
				if n.holds(slot) != (n.id == toID) {
					return fmt.Errorf("%s has not heard of it", s.Addr())
				}
			}
		}
		return nil
	})
}

// MoveSlotOf moves the slot of a key to the next master, in the order of Servers.
func (c *Cluster) MoveSlotOf(t testing.TB, key string) {
	t.Helper()
	masters := c.Masters(t)
	if len(masters) < 2 {
		t.Fatalf("%d masters: a slot has nowhere to go", len(masters))
	}
	slot := c.Slot(t, key)
	i := slices.Index(masters, c.Owner(t, slot))
	c.MoveSlot(t, slot, masters[(i+1)%len(masters)])
}

// Slot returns the slot of a key, as the nodes compute it.
func (c *Cluster) Slot(t testing.TB, key string) int {
	t.Helper()
	for _, s := range c.servers {
		if v, err := s.Try("CLUSTER", "KEYSLOT", key); err == nil {
			if n, ok := v.(int64); ok {
				return int(n)
			}
		}
	}
	t.Fatal("no node answers")
	return 0
}
