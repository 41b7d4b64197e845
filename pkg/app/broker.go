package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/memory"
	"github.com/aldis-rtc/aldis/pkg/broker/redis"
)

// newBroker returns the broker that o asks for. The error names a setting that cannot be.
func newBroker(o Options, reg prometheus.Registerer) (broker.Broker, error) {
	if o.Broker == BrokerRedis {
		return redis.New(o.Redis, o.Limits, o.Logger, reg)
	}
	return memory.New(o.Limits), nil
}

// counted is a broker that keeps everything in this process and can count it.
type counted interface {
	Sessions() int
	Rooms() int
}

// observeStore registers the gauges of what is kept in this process, where the broker keeps it here.
func observeStore(b broker.Broker, reg prometheus.Registerer) error {
	c, ok := b.(counted)
	if !ok {
		return nil
	}
	for _, g := range []struct {
		name, help string
		value      func() int
	}{
		{"aldis_store_sessions", "Sessions kept in this process, attached and in grace.", c.Sessions},
		{"aldis_store_rooms", "Rooms kept in this process.", c.Rooms},
	} {
		err := reg.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help},
			func() float64 { return float64(g.value()) }))
		if err != nil {
			return err
		}
	}
	return nil
}
