package redistest

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// What the Sentinels of a group are told.
const (
	masterName      = "aldis"
	sentinels       = 3
	quorum          = 2
	downAfter       = time.Second
	failoverTimeout = 5 * time.Second
)

// failoverLimit bounds the wait for another master: two failed votes, each followed by twice failoverTimeout, are in it.
const failoverLimit = 40 * time.Second

// Sentinel is a master with its replicas, and the Sentinels that watch them.
type Sentinel struct {
	servers   []*Server
	sentinels []*Server
}

// StartSentinel starts a master, replicas, and three Sentinels of which two must agree that the master is down for 1 s. When
// it returns the replicas follow and the Sentinels know them and each other. config is for the servers, as in Start.
func StartSentinel(t testing.TB, replicas int, config ...string) *Sentinel {
	t.Helper()
	master := Start(t, config...)
	g := &Sentinel{servers: []*Server{master}}
	for range replicas {
		g.servers = append(g.servers, launch(t, setup{
			lines: fmt.Sprintf("replicaof 127.0.0.1 %d\n", master.port.number), args: config,
		}))
	}
	lines := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %[2]d %[3]d\nsentinel down-after-milliseconds %[1]s %[4]d\n"+
		"sentinel failover-timeout %[1]s %[5]d\nsentinel parallel-syncs %[1]s %[6]d\n", masterName, master.port.number, quorum,
		downAfter.Milliseconds(), failoverTimeout.Milliseconds(), max(1, replicas))
	for range sentinels {
		g.sentinels = append(g.sentinels, launch(t, setup{
			plain: true, lines: lines, args: []string{"--sentinel"}, started: hurry,
		}))
	}
	await(t, patience, "Sentinel group that is complete", func() error { return g.complete(replicas) })
	g.AwaitReplicas(t, replicas)
	return g
}

// hurry makes a Sentinel look around every half second instead of every 2 s (its peers, and the master that it makes a replica
// after 4 periods) and 10 s (roles), and keeps it working where the machine stood still for 2 s.
func hurry(s *Server) error {
	_, err := s.Try("SENTINEL", "DEBUG", "PUBLISH-PERIOD", 500, "INFO-PERIOD", 500, "TILT-TRIGGER", 10000, "TILT-PERIOD", 1000)
	return err
}

// Addrs returns the addresses of the Sentinels.
func (g *Sentinel) Addrs() []string { return addrs(g.sentinels) }

// MasterName returns the name that the Sentinels know the master by.
func (g *Sentinel) MasterName() string { return masterName }

// Servers returns the master and the replicas, whoever is which; the first one was the master at the start.
func (g *Sentinel) Servers() []*Server { return g.servers }

// Sentinels returns the Sentinels, which can be killed and frozen too.
func (g *Sentinel) Sentinels() []*Server { return g.sentinels }

// Master returns the server that the Sentinels name, once they agree on it and it takes writes.
func (g *Sentinel) Master(t testing.TB) *Server {
	t.Helper()
	return g.AwaitMaster(t, nil)
}

// AwaitMaster is Master where another one than not is waited for: one that the test has killed or frozen.
func (g *Sentinel) AwaitMaster(t testing.TB, not *Server) *Server {
	t.Helper()
	var master *Server
	await(t, failoverLimit, "master", func() (err error) {
		if master, err = g.named(); err != nil {
			return err
		}
		if master == not {
			return fmt.Errorf("the Sentinels still name %s", not.Addr())
		}
		return master.writable()
	})
	return master
}

// Replicas returns the servers that say they are replicas.
func (g *Sentinel) Replicas(t testing.TB) []*Server {
	t.Helper()
	var list []*Server
	for _, s := range g.servers {
		if role, err := s.role(); err == nil && role == "slave" {
			list = append(list, s)
		}
	}
	return list
}

// AwaitReplicas waits until the master has n replicas, all with what it had written when they were waited for.
func (g *Sentinel) AwaitReplicas(t testing.TB, n int) {
	t.Helper()
	var of *Server
	var offset int64
	await(t, failoverLimit, fmt.Sprintf("%d replicas in step", n), func() error {
		master, err := g.named()
		if err != nil {
			return err
		}
		if !master.up() {
			return fmt.Errorf("the Sentinels still name %s", master.Addr())
		}
		info, err := master.tryInfo("replication")
		if err != nil {
			return err
		}
		if master != of { // another one counts on its own
			of, offset = master, number(info["master_repl_offset"])
		}
		return replicated(info, n, offset)
	})
}

// Failover kills the master and waits until another one takes writes. The old one, started again, becomes a replica after
// some seconds, in which it is a second master to whoever does not ask the Sentinels.
func (g *Sentinel) Failover(t testing.TB) {
	t.Helper()
	old := g.Master(t)
	old.Kill()
	g.AwaitMaster(t, old)
}

// named returns the server that all Sentinels that answer name, a quorum of them at least.
func (g *Sentinel) named() (*Server, error) {
	var addr string
	var answers int
	var last error
	for _, s := range g.sentinels {
		if !s.up() {
			continue
		}
		v, err := s.Try("SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName)
		hostPort := texts(v)
		if err != nil || len(hostPort) != 2 {
			last = errors.Join(err, fmt.Errorf("%s answers %q", s.Addr(), hostPort))
			continue
		}
		this := net.JoinHostPort(hostPort[0], hostPort[1])
		if answers++; answers > 1 && this != addr {
			return nil, fmt.Errorf("the Sentinels name %s and %s", addr, this)
		}
		addr = this
	}
	if answers < quorum {
		return nil, errors.Join(fmt.Errorf("%d of %d Sentinels answer", answers, len(g.sentinels)), last)
	}
	return byAddr(g.servers, addr)
}

// complete says what the Sentinels do not know yet.
func (g *Sentinel) complete(replicas int) error {
	for _, s := range g.sentinels {
		for _, list := range []struct {
			what, flags string
			n           int
		}{{"REPLICAS", "slave", replicas}, {"SENTINELS", "sentinel", sentinels - 1}} {
			v, err := s.Try("SENTINEL", list.what, masterName)
			if err != nil {
				return err
			}
			entries, _ := v.([]any)
			n := 0
			for _, e := range entries {
				line := " " + strings.Join(texts(e), " ") + " "
				if strings.Contains(line, " flags "+list.flags+" ") && !strings.Contains(line, " master-link-status err ") {
					n++
				}
			}
			if n != list.n {
				return fmt.Errorf("%s sees %d of %d %s", s.Addr(), n, list.n, list.what)
			}
		}
	}
	return nil
}
