package redis

import (
	"context"
	"errors"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// identity is which server processes are masters: another one may have less than was written. by holds their run ids, of a
// Cluster by address.
type identity struct {
	by map[string]string
}

// identify asks the masters who they are.
func (b *Broker) identify(ctx context.Context) (identity, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	id := identity{by: make(map[string]string)}
	var mu sync.Mutex
	one := func(ctx context.Context, c *goredis.Client) error {
		run, err := who(ctx, c)
		if err != nil {
			return err
		}
		if run == "" {
			return errors.New("the server is no master")
		}
		mu.Lock()
		defer mu.Unlock()
		id.by[c.Options().Addr] = run
		return nil
	}
	switch c := b.client.(type) {
	case *goredis.ClusterClient:
		return id, c.ForEachMaster(ctx, one)
	case *goredis.Client:
		return id, one(ctx, c)
	}
	return id, errors.New("redis: a client of an unknown kind")
}

// has reports whether a server process was known.
func (id *identity) has(run string) bool {
	for _, known := range id.by {
		if known == run {
			return true
		}
	}
	return false
}

// unknown reports whether id has a server process that was not known before.
func (id *identity) unknown(before *identity) bool {
	for _, run := range id.by {
		if !before.has(run) {
			return true
		}
	}
	return false
}

// changed returns which shards, by the name of one of their keys, are on a server process that was not known before.
func (b *Broker) changed(ctx context.Context, now, before *identity) func(key string) bool {
	if len(before.by) == 0 || !now.unknown(before) {
		return func(string) bool { return false }
	}
	cluster, is := b.client.(*goredis.ClusterClient)
	if !is {
		return func(string) bool { return true }
	}
	return func(key string) bool {
		node, err := cluster.MasterForKey(ctx, key)
		return err != nil || !before.has(now.by[node.Options().Addr])
	}
}
