package doortest

import (
	"context"
	"sync"
	"time"
)

// maxUnderWay bounds the visits of a Load that are under way at once; above it a visit comes later.
const maxUnderWay = 512

// Load brings a second's worth of clients each second, evenly, for d. Each connects, says hello, has its welcome and says
// bye. It returns how many were due; outcomes has the rest.
func Load(ctx context.Context, url string, perSecond int, d, patience time.Duration, outcomes *Outcomes) int {
	var wg sync.WaitGroup
	places := make(chan struct{}, maxUnderWay)
	began := time.Now()
	due := 0
	for ; ; due++ {
		at := time.Duration(due) * time.Second / time.Duration(perSecond)
		if at >= d || Wait(ctx, at-time.Since(began)) != nil {
			break
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			v := Knock(ctx, url, patience)
			if v.Conn != nil {
				if err := Leave(ctx, v.Conn); err != nil && ctx.Err() == nil {
					v.Outcome, v.Err = Odd, err
				}
			}
			outcomes.Add(v)
		})
	}
	wg.Wait()
	return due
}
