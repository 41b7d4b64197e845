package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// minVersion is the oldest Redis: 7.0 has sharded pub/sub.
const minVersion = "7.0"

// examine refuses a store that cannot keep what is promised.
func examine(ctx context.Context, o Options, client goredis.UniversalClient, mode string) error {
	check := func(ctx context.Context, c *goredis.Client) error {
		info, err := info(ctx, c)
		switch {
		case err != nil:
			return err
		case !atLeast(info["redis_version"], minVersion):
			return unfit{fmt.Errorf("%s is Redis %s; %s or later is needed", c.Options().Addr, info["redis_version"], minVersion)}
		case info["cluster_enabled"] == "1" && mode != ModeCluster:
			return unfit{fmt.Errorf("redis-mode: %s is a Cluster's node, not %s", c.Options().Addr, mode)}
		case info["maxmemory_policy"] != "" && info["maxmemory_policy"] != "noeviction":
			return unfit{fmt.Errorf("%s drops keys when it is full (maxmemory-policy %s): set it to noeviction", c.Options().Addr, info["maxmemory_policy"])}
		}
		return nil
	}
	switch c := client.(type) {
	case *goredis.ClusterClient:
		if err := c.ForEachMaster(ctx, check); err != nil {
			return fmt.Errorf("redis-mode cluster: %w", err)
		}
	case *goredis.Client:
		if err := check(ctx, c); err != nil {
			if mode == ModeSentinel {
				return fmt.Errorf("redis-addresses, redis-sentinel-master: the master that Sentinel calls %q: %w", o.SentinelMaster, err)
			}
			return err
		}
	}
	return nil
}

// atLeast compares dotted versions by their first two numbers.
func atLeast(version, least string) bool {
	number := func(v string) int {
		major, rest, _ := strings.Cut(v, ".")
		minor, _, _ := strings.Cut(rest, ".")
		a, _ := strconv.Atoi(major)
		b, _ := strconv.Atoi(minor)
		return a*1000 + b
	}
	return number(version) >= number(least)
}
