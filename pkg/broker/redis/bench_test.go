package redis

import (
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker/brokertest"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
)

func BenchmarkBroker(b *testing.B) {
	s := redistest.Start(b)
	brokertest.Benchmark(b, opened(Options{Addresses: []string{s.Addr()}}, s.Keys))
}
