package redistest

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestClusterMoveSlot(t *testing.T) {
	t.Parallel()
	began := time.Now()
	c := StartCluster(t, 3, 0)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("ready after %v", took)
	}
	slot := c.Slot(t, "{x}")
	from := c.Owner(t, slot)
	const keys = 3*migrateKeys/2 + 1 // more than one MIGRATE takes
	for i := range keys {
		from.Do(t, "SET", fmt.Sprint("{x}", i), i)
	}
	c.MoveSlotOf(t, "{x}")
	to := c.Owner(t, slot)
	if n := len(from.Keys(t)); to == from || n != 0 {
		t.Fatalf("from %s to %s, %d keys left", from.Addr(), to.Addr(), n)
	}
	if list := to.Keys(t); len(list) != keys || !slices.Contains(list, "{x}7") || to.Do(t, "GET", "{x}7") != "7" {
		t.Fatalf("%d keys moved: %v", len(list), list)
	}
	if _, err := from.Try("GET", "{x}7"); err == nil || err.Error() != fmt.Sprint("MOVED ", slot, " ", to.Addr()) {
		t.Errorf("the old owner: %v", err)
	}
	c.MoveSlot(t, slot, from)
	if c.Owner(t, slot) != from || from.Do(t, "GET", "{x}7") != "7" {
		t.Error("it did not come back")
	}
	c.AwaitReady(t)
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	c := StartCluster(t, 3, 1)
	slot := c.Slot(t, "x")
	old := c.Owner(t, slot)
	old.Do(t, "SET", "x", 1)
	if n := old.Do(t, "WAIT", 1, 2000); n != int64(1) {
		t.Fatalf("WAIT: %v", n)
	}
	old.Kill()
	now := c.Owner(t, slot)
	if now == old || slices.Index(c.Servers(), now) != slices.Index(c.Servers(), old)+3 {
		t.Fatalf("owner %s after %s of %v", now.Addr(), old.Addr(), c.Addrs())
	}
	old.Restart(t, true)
	c.AwaitReady(t)
	if role, err := old.role(); role != "slave" || now.Do(t, "GET", "x") != "1" {
		t.Errorf("the old owner is %s, %v", role, err)
	}

	now.Freeze() // which the others take for death
	if got := c.Owner(t, slot); got != old || old.Do(t, "GET", "x") != "1" {
		t.Errorf("owner %s after %s froze", got.Addr(), now.Addr())
	}
	now.Thaw()
	c.AwaitReady(t)
	if role, err := now.role(); role != "slave" {
		t.Errorf("thawed it is %s, %v", role, err)
	}
}
