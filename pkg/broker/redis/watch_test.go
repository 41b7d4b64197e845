package redis

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// watcher is a room with a member of this pod, and what the pod's sink is told of it.
type watcher struct {
	t *testing.T
	b *Broker
	k *sink
}

// watching runs f on a clock of its own, with a room that nothing is known of yet.
func watching(t *testing.T, f func(w *watcher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watcher{t, newPod(t, Options{}, broker.Limits{}), newSink()}
		w.b.sink = w.k
		w.b.watch.enter(testRoomAt)
		f(w)
	})
}

func (w *watcher) take(all ...int64) {
	for _, v := range all {
		w.b.watch.take(testRoomAt, broker.Presence{V: v, Event: wire.EventJoin, Member: broker.Member{Peer: "p", N: v}})
	}
}

// told fails unless these versions were told, and so often that some may be missing.
func (w *watcher) told(when string, stale int, all ...int64) {
	w.t.Helper()
	synctest.Wait()
	w.k.mu.Lock()
	defer w.k.mu.Unlock()
	var got []int64
	for _, p := range w.k.presence {
		got = append(got, p.V)
	}
	if !slices.Equal(got, all) || w.k.stale[testRoomAt] != stale {
		w.t.Errorf("%s: told %v and %d times stale, want %v and %d", when, got, w.k.stale[testRoomAt], all, stale)
	}
	if n := testutil.ToFloat64(w.b.metrics.stale); n != float64(stale) {
		w.t.Errorf("%s: counted %v", when, n)
	}
}

func TestWatch(t *testing.T) {
	const moment = time.Millisecond
	for name, run := range map[string]func(*watcher){
		"in order": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			w.take(11, 12, 13)
			w.told("at once", 0, 11, 12, 13)
		},
		"out of order, twice, old": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			w.take(13, 12, 9, 10, 13)
			w.told("with a hole", 0)
			w.take(11, 11, 12)
			time.Sleep(2 * holeLimit)
			w.told("without", 0, 11, 12, 13)
		},
		"a hole": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			w.take(12, 14)
			time.Sleep(holeLimit - moment)
			w.told("before its limit", 0)
			time.Sleep(2 * moment)
			w.told("after it", 1)
			w.take(11, 13, 14) // late: the roster has them
			w.take(15)
			time.Sleep(2 * holeLimit)
			w.told("and on", 1, 15)
		},
		"two holes": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			w.take(12)
			time.Sleep(holeLimit / 2)
			w.take(11)
			w.take(14)
			time.Sleep(holeLimit - moment)
			w.told("the first is closed", 0, 11, 12)
			time.Sleep(2 * moment)
			w.told("the second is not", 1, 11, 12)
		},
		"before the join has answered": func(w *watcher) {
			w.take(12, 10, 11)
			time.Sleep(2 * holeLimit)
			w.told("before", 0)
			w.b.watch.joined(testRoomAt, 10)
			w.told("after", 0, 11, 12)
		},
		"a hole before the join has answered": func(w *watcher) {
			w.take(12)
			w.b.watch.joined(testRoomAt, 10)
			time.Sleep(holeLimit + moment)
			w.told("after", 1)
		},
		"an earlier join answers later": func(w *watcher) {
			w.b.watch.enter(testRoomAt)
			w.b.watch.joined(testRoomAt, 12)
			w.take(11) // which the sessions of the first join do not know
			w.b.watch.joined(testRoomAt, 10)
			w.told("after", 1)
		},
		"too many at once": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			for v := range int64(10 * maxHeld) {
				w.take(12 + v)
			}
			sh := w.b.watch.shard(testRoomAt)
			sh.mu.Lock()
			if n := len(sh.rooms[testRoomAt].held); n > maxHeld {
				w.t.Errorf("%d are held", n)
			}
			sh.mu.Unlock()
			time.Sleep(holeLimit + moment)
			w.told("after", 1)
		},
		"nobody is there any more": func(w *watcher) {
			w.b.watch.joined(testRoomAt, 10)
			w.take(12)
			w.b.watch.exit(testRoomAt)
			w.take(11, 13)
			w.b.watch.enter(testRoomAt) // another one comes
			w.b.watch.joined(testRoomAt, 20)
			time.Sleep(2 * holeLimit)
			w.take(21)
			w.told("after", 0, 21)
		},
		"while rooms are written anew": func(w *watcher) {
			w.b.settles.begin()
			w.b.watch.joined(testRoomAt, 10)
			w.take(12)
			time.Sleep(2 * holeLimit)
			w.told("meanwhile", 0)
			for _, r := range w.b.settles.end() {
				w.b.watch.stale(r)
			}
			w.told("after", 1)
		},
	} {
		t.Run(name, func(t *testing.T) { watching(t, run) })
	}
}

// TestWatchAnyOrder has versions come in every order that a hole's limit allows: each is told once and in order, or the room is stale.
func TestWatchAnyOrder(t *testing.T) {
	for _, order := range permutations([]int64{11, 12, 13, 14, 15}) {
		watching(t, func(w *watcher) {
			for i, v := range order {
				if i == 2 {
					w.b.watch.joined(testRoomAt, 10)
				}
				w.take(v)
			}
			time.Sleep(2 * holeLimit)
			w.told(fmt.Sprint(order), 0, 11, 12, 13, 14, 15)
		})
	}
}

func permutations(list []int64) (all [][]int64) {
	if len(list) < 2 {
		return [][]int64{list}
	}
	for i, v := range list {
		rest := append(slices.Clone(list[:i]), list[i+1:]...)
		for _, p := range permutations(rest) {
			all = append(all, append([]int64{v}, p...))
		}
	}
	return all
}
