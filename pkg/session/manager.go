package session

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/drain"
	"github.com/aldis-rtc/aldis/pkg/hub"
	"github.com/aldis-rtc/aldis/pkg/ice"
	"github.com/aldis-rtc/aldis/pkg/vet"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Deps is what sessions need of the gateway.
type Deps struct {
	Hub  *hub.Hub
	Gate *vet.Gate
	ICE  *ice.Provider
	// Inbox is how many signals an inbox takes, which a welcome tells.
	Inbox int
	Log   *slog.Logger
	// Registry takes the metrics; nil means none.
	Registry prometheus.Registerer
}

// Manager has all sessions of this pod.
type Manager struct {
	cfg     Config
	deps    Deps
	metrics *metrics
	made    time.Time

	mu       sync.Mutex
	live     map[*Session]struct{}
	draining bool
	empty    chan struct{} // closed when draining and live is empty

	running sync.WaitGroup // the sessions' goroutines
	stop    context.CancelFunc
	ticking chan struct{}
}

// NewManager returns a Manager that takes no session before Start. The config is complete and valid.
func NewManager(cfg Config, deps Deps) *Manager {
	m := &Manager{
		cfg: cfg, deps: deps, made: time.Now(),
		live: make(map[*Session]struct{}), empty: make(chan struct{}), ticking: make(chan struct{}),
	}
	m.metrics = newMetrics(deps.Registry, deps.Hub)
	return m
}

// Start begins to keep the sessions' times.
func (m *Manager) Start(ctx context.Context) {
	ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(m.ticking)
		m.tick(ctx)
	}()
}

// clock is the time in nanoseconds, above 0. It counts from the Manager's making and does not follow when somebody sets
// the machine's clock: that must not look like a silence.
func (m *Manager) clock() int64 { return m.clockAt(time.Now()) }

func (m *Manager) clockAt(t time.Time) int64 { return int64(t.Sub(m.made)) + 1 }

// Opening is an admitted request for a connection.
type Opening struct {
	Dialect string
	Codec   dialect.Codec
	Grant   vet.Grant
	Remote  string
	// Began is when the request came.
	Began time.Time
}

// Prepare registers a session before its socket is upgraded, or returns nil when the gateway is draining. Serve or
// Abandon must follow.
func (m *Manager) Prepare(o Opening) *Session {
	s := newSession(m, o)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.draining {
		return nil
	}
	m.live[s] = struct{}{}
	m.running.Add(1)
	m.metrics.connections.Inc()
	return s
}

// Draining reports whether sessions are leaving and none is taken.
func (m *Manager) Draining() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.draining
}

// Connections returns how many sockets are open or about to be.
func (m *Manager) Connections() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live)
}

func (m *Manager) forget(s *Session) {
	m.mu.Lock()
	delete(m.live, s)
	if m.draining && len(m.live) == 0 {
		select {
		case <-m.empty:
		default:
			close(m.empty)
		}
	}
	m.mu.Unlock()
	m.metrics.connections.Dec()
	m.running.Done()
}

// snapshot returns the live sessions, oldest first.
func (m *Manager) snapshot() []*Session {
	m.mu.Lock()
	list := make([]*Session, 0, len(m.live))
	for s := range m.live {
		list = append(list, s)
	}
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b *Session) int { return a.Began.Compare(b.Began) })
	return list
}

// closeGrace is what the last socket of a drain has for its close handshake.
const closeGrace = time.Second

// Drain takes no more sessions and tells those that are here to leave, oldest first, spread evenly over window; each
// is closed 4200 when its time has come, and cut when it does not answer that. It returns when none is left, or with
// ctx's error.
func (m *Manager) Drain(ctx context.Context, window time.Duration) error {
	m.mu.Lock()
	if !m.draining {
		m.draining = true
		if len(m.live) == 0 {
			close(m.empty)
		}
	}
	m.mu.Unlock()
	list := m.snapshot()
	for i := range list {
		list[i].leave(wire.GoawayDrain, wire.CloseDraining, drain.At(i, len(list), window))
	}
	patience := time.NewTimer(window + closeGrace)
	defer patience.Stop()
	for {
		select {
		case <-m.empty:
			return nil
		case <-patience.C:
			m.cutAll()
		case <-ctx.Done():
			m.cutAll()
			return ctx.Err()
		}
	}
}

// cutAll ends every socket at once.
func (m *Manager) cutAll() {
	for _, s := range m.snapshot() {
		s.cut(wire.CloseDraining)
	}
}

// Stop cuts what is left and waits for every goroutine.
func (m *Manager) Stop(ctx context.Context) error {
	m.mu.Lock()
	m.draining = true
	m.mu.Unlock()
	m.cutAll()
	done := make(chan struct{})
	go func() {
		m.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if m.stop != nil {
		m.stop()
		<-m.ticking
	}
	return nil
}
