package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// eval makes the command that runs a script.
func eval(s *script, keys []string, args []any) *goredis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "evalsha", s.hash, strconv.Itoa(len(keys)))
	for _, k := range keys {
		all = append(all, k)
	}
	return goredis.NewCmd(context.Background(), append(all, args...)...)
}

// ask runs a script and waits for its answer.
func (l *lane) ask(ctx context.Context, s *script, keys []string, args ...any) ([]any, error) {
	return l.wait(ctx, func() (*goredis.Cmd, *call) {
		return eval(s, keys, args), &call{script: s, key: keys[0]}
	})
}

// askKept is ask for what Options.Wait replicas must have.
func (l *lane) askKept(ctx context.Context, s *script, keys []string, args ...any) ([]any, error) {
	return l.wait(ctx, func() (*goredis.Cmd, *call) {
		return eval(s, keys, args), &call{script: s, key: keys[0], kept: true}
	})
}

// askUrgent is ask also while the lane rests: it is how a pod finds out that the store is back.
func (l *lane) askUrgent(ctx context.Context, s *script, keys []string, args ...any) ([]any, error) {
	return l.wait(ctx, func() (*goredis.Cmd, *call) {
		return eval(s, keys, args), &call{script: s, key: keys[0], urgent: true}
	})
}

// command runs one command on a key and waits for its answer.
func (l *lane) command(ctx context.Context, key string, args ...any) ([]any, error) {
	return l.wait(ctx, func() (*goredis.Cmd, *call) {
		return goredis.NewCmd(ctx, args...), &call{key: key}
	})
}

// commandUrgent is command also while the lane rests.
func (l *lane) commandUrgent(ctx context.Context, key string, args ...any) ([]any, error) {
	return l.wait(ctx, func() (*goredis.Cmd, *call) {
		return goredis.NewCmd(ctx, args...), &call{key: key, urgent: true}
	})
}

// movingLimit is how long a slot may take to move.
const movingLimit = 2 * time.Second

// wait makes a call, again where a slot moves, and waits for its answer: broker.ErrUnavailable where there is none.
func (l *lane) wait(ctx context.Context, make func() (*goredis.Cmd, *call)) ([]any, error) {
	for began := time.Now(); ; {
		cmd, c := make()
		done := newSignal()
		c.cmds, c.done = []goredis.Cmder{cmd}, done.give
		l.do(c)
		<-done // bounded by batchTimeout
		answer, err := cmd.Result()
		switch {
		case err == nil:
			if list, ok := answer.([]any); ok {
				return list, nil
			}
			return []any{answer}, nil
		case !moving(err) || ctx.Err() != nil || time.Since(began) > movingLimit:
			return nil, fmt.Errorf("%w: %w", broker.ErrUnavailable, err)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", broker.ErrUnavailable, err)
		}
	}
}

// signal is given once.
type signal chan struct{}

func newSignal() signal { return make(signal) }

func (s signal) give() { close(s) }

// moving reports a refusal for the moment in which a Cluster moves a slot; nothing was done.
func moving(err error) bool {
	for _, prefix := range []string{"TRYAGAIN", "ASK", "MOVED"} {
		if goredis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}
