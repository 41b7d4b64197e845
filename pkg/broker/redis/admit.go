package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// admit refuses a new connection to a master that nobody has identified: after a failover the library may lead to it before anybody has
// noticed, and what an older store says of who is there is final for clients. While the link is down connections are what finds
// out; nothing but that goes over them (lane.send).
func (b *Broker) admit(ctx context.Context, c *goredis.Conn) error {
	if !b.link.up.Load() {
		return nil
	}
	one, err := who(ctx, c)
	if err != nil {
		return err
	}
	if now := (identity{by: map[string]string{"": one}}); one != "" && b.link.isOther(&now) {
		b.link.down(errOther)
		return errOther
	}
	return nil
}

// who returns the run id of a server that is a master, else "".
func who(ctx context.Context, c goredis.Cmdable) (string, error) {
	pipe := c.Pipeline()
	server, replication := pipe.Info(ctx, "server"), pipe.Info(ctx, "replication")
	if _, err := pipe.Exec(ctx); err != nil {
		return "", err
	}
	if field(replication.Val(), "role") != "master" {
		return "", nil
	}
	return field(server.Val(), "run_id"), nil
}
