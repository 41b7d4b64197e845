package redistest

import "testing"

func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	g := StartSentinel(t, 2)
	old := g.Master(t)
	if old != g.Servers()[0] || len(g.Addrs()) != sentinels || len(g.Replicas(t)) != 2 {
		t.Fatalf("master %s of %v, replicas %v", old.Addr(), addrs(g.Servers()), addrs(g.Replicas(t)))
	}
	old.Do(t, "SET", "kept", "yes")
	if n := old.Do(t, "WAIT", 2, 2000); n != int64(2) {
		t.Fatalf("WAIT: %v", n)
	}
	g.Failover(t)
	now := g.Master(t)
	if now == old || now.Do(t, "GET", "kept") != "yes" {
		t.Fatalf("master %s after %s, kept: %v", now.Addr(), old.Addr(), now.Do(t, "GET", "kept"))
	}
	old.Restart(t, true)
	g.AwaitReplicas(t, 2)
	if role, err := old.role(); role != "slave" || old.Do(t, "GET", "kept") != "yes" {
		t.Errorf("the old master is %s, %v", role, err)
	}
}

// A frozen master is replaced too, and made a replica when it thaws; so do killed and frozen Sentinels not matter.
func TestSentinelFreeze(t *testing.T) {
	t.Parallel()
	g := StartSentinel(t, 1)
	old := g.Master(t)
	g.Sentinels()[0].Kill()
	old.Freeze()
	now := g.AwaitMaster(t, old)
	if now == old || now != g.Master(t) {
		t.Fatalf("master %s after %s", now.Addr(), old.Addr())
	}
	old.Thaw()
	g.AwaitReplicas(t, 1)
	if list := g.Replicas(t); len(list) != 1 || list[0] != old {
		t.Errorf("replicas %v, not %s", addrs(list), old.Addr())
	}
	g.Sentinels()[0].Restart(t, false)
	g.Sentinels()[1].Freeze()
	if g.Master(t) != now { // as the one says that was away
		t.Error("another master")
	}
}
