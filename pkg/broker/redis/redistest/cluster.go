package redistest

import (
	"errors"
	"fmt"
	"testing"
)

const slots = 16384

// clusterLines make a node that takes another one for failing after 1 s.
const clusterLines = `cluster-enabled yes
cluster-node-timeout 1000
cluster-replica-validity-factor 0
`

// Cluster is a Redis Cluster that shares its slots evenly.
type Cluster struct {
	servers []*Server
}

// StartCluster starts masters, each with replicas. When it returns all nodes agree on the slots and say that the Cluster is
// ok, and the replicas follow. config is for the servers, as in Start. A dead master is replaced by its replica where there
// are 3 masters or more, two of which must see it fail.
func StartCluster(t testing.TB, masters, replicasEach int, config ...string) *Cluster {
	t.Helper()
	c := new(Cluster)
	ids := make([]any, masters)
	for i := range masters * (1 + replicasEach) {
		s := launch(t, setup{lines: clusterLines, args: config})
		c.servers = append(c.servers, s)
		s.Do(t, "CLUSTER", "SET-CONFIG-EPOCH", i+1) // all different, so that none has to be negotiated
		if i > 0 {
			s.Do(t, "CLUSTER", "MEET", "127.0.0.1", c.servers[0].port.number)
		}
		if i < masters {
			s.Do(t, "CLUSTER", "ADDSLOTSRANGE", i*slots/masters, (i+1)*slots/masters-1)
			ids[i] = s.Do(t, "CLUSTER", "MYID")
		}
	}
	for i, s := range c.servers[masters:] {
		id := ids[i%masters]
		await(t, patience, "handshake", func() error {
			_, err := s.Try("CLUSTER", "REPLICATE", id) // refused until s has heard of its master
			return err
		})
	}
	c.AwaitReady(t)
	return c
}

// Addrs returns the addresses of all nodes.
func (c *Cluster) Addrs() []string { return addrs(c.servers) }

// Servers returns all nodes: first those that were masters at the start, then their replicas, one of each master in turn.
func (c *Cluster) Servers() []*Server { return c.servers }

// AwaitReady waits until the nodes are all up, agree on the slots, and say that the Cluster is ok, and the replicas follow
// their masters.
func (c *Cluster) AwaitReady(t testing.TB) {
	t.Helper()
	await(t, 2*patience, "Cluster that is ok", func() error {
		var first string
		for i, s := range c.servers {
			layout, err := s.layout()
			if err != nil {
				return err
			}
			if i == 0 {
				first = layout.String()
			}
			if this := layout.String(); this != first {
				return fmt.Errorf("%s sees\n%s, %s sees\n%s", c.servers[0].Addr(), first, s.Addr(), this)
			}
			if err := errors.Join(layout.whole(len(c.servers)), s.clusterOK(), s.following()); err != nil {
				return fmt.Errorf("%s: %w", s.Addr(), err)
			}
		}
		return nil
	})
}

// clusterOK says why the node would refuse commands.
func (s *Server) clusterOK() error {
	v, err := s.Try("CLUSTER", "INFO")
	if state := fields(v)["cluster_state"]; err == nil && state != "ok" {
		return fmt.Errorf("cluster_state is %q", state)
	}
	return err
}

// following says why a replica has not its master's data yet.
func (s *Server) following() error {
	info, err := s.tryInfo("replication")
	if link := info["master_link_status"]; err == nil && info["role"] == "slave" && link != "up" {
		return fmt.Errorf("the link to the master is %q", link)
	}
	return err
}

// Owner returns the master that holds the slot, once exactly one says that it does; what others have heard does not count.
func (c *Cluster) Owner(t testing.TB, slot int) *Server {
	t.Helper()
	var owner *Server
	await(t, patience, fmt.Sprintf("owner of slot %d", slot), func() error {
		owner = nil
		for _, s := range c.servers {
			layout, err := s.layout()
			if err != nil {
				continue // it is down
			}
			if me := layout.me(); me.master && me.holds(slot) {
				if owner != nil {
					return fmt.Errorf("both %s and %s hold it", owner.Addr(), s.Addr())
				}
				owner = s
			}
		}
		if owner == nil {
			return errors.New("nobody that answers holds it")
		}
		return nil
	})
	return owner
}

// Masters returns the nodes that answer and are masters, in the order of Servers.
func (c *Cluster) Masters(t testing.TB) []*Server {
	t.Helper()
	var list []*Server
	for _, s := range c.servers {
		if layout, err := s.layout(); err == nil && layout.me().master {
			list = append(list, s)
		}
	}
	return list
}
