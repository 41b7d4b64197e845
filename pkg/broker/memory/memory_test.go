package memory

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/brokertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(_ testing.TB, limits broker.Limits) brokertest.Fleet {
	b := New(limits)
	return brokertest.Fleet{Pods: []broker.Broker{b}, Leftovers: b.leftovers}
}

// leftovers counts what b holds, by each of its books.
func (b *Broker) leftovers() int {
	n := b.Sessions() + b.Rooms() + b.grace.len()
	for i := range b.shards {
		b.shards[i].mu.Lock()
		n += len(b.shards[i].held)
		b.shards[i].mu.Unlock()
	}
	return n
}

func TestBroker(t *testing.T) { brokertest.Run(t, open) }

func BenchmarkBroker(b *testing.B) { brokertest.Benchmark(b, open) }
