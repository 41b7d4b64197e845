package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of the ops listener. A probe is one short request; whoever needs more is no probe.
const (
	maxConns       = 32 // one more is closed at once and counted
	maxHeaderBytes = 8 << 10
	headerTimeout  = 2 * time.Second
	readTimeout    = 5 * time.Second
	writeTimeout   = 30 * time.Second // a scrape of a large registry over a slow link
	idleTimeout    = 30 * time.Second
	relisten       = 500 * time.Millisecond // pause before a dead listener is opened anew
)

// Server serves Handler on a listener of its own, from Start to Stop. Fill in the fields, then Start it once; they
// must not be changed afterwards.
type Server struct {
	// Address to listen on, such as 127.0.0.1:9090; port 0 takes a free one.
	Address string
	// Checks answer the probes; nil means none, so that the probes succeed.
	Checks *Checks
	// Registry is served at /metrics and gets the server's own counter; nil means no metrics.
	Registry *prometheus.Registry
	// Logger takes what is worth a line; nil means slog.Default.
	Logger *slog.Logger

	server  *http.Server
	refused prometheus.Counter
	ended   chan struct{} // closed by the serving goroutine when it returns
	leaving chan struct{} // closed by the first Stop
	once    sync.Once

	mu sync.Mutex
	ln net.Listener // the one in use
}

// Start listens and serves in the background. It returns when connections are taken, or the error of listening, a
// *net.OpError.
func (s *Server) Start(ctx context.Context) error {
	if s.ended != nil {
		return errors.New("health: started twice")
	}
	if s.Logger == nil {
		s.Logger = slog.Default()
	}
	if s.Checks == nil {
		s.Checks = NewChecks(nil)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	registry := s.Registry
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	s.refused = newRefused(registry)
	s.ln = ln
	s.server = &http.Server{
		Handler:           Handler(s.Checks, registry),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug), // mostly port scanners
	}
	s.ended, s.leaving = make(chan struct{}), make(chan struct{})
	go s.serve(ln)
	return nil
}

// serve serves until Stop. An http.Server gives up on accept errors that it does not take for temporary, ENOBUFS for
// one; here the same address is then listened on anew.
func (s *Server) serve(ln net.Listener) {
	defer close(s.ended)
	for {
		err := s.server.Serve(limit(ln, maxConns, s.refused))
		for {
			select {
			case <-s.leaving:
				return
			default:
			}
			s.Logger.Warn("ops listener ended; it is opened anew", "address", ln.Addr().String(), "error", err)
			select {
			case <-s.leaving:
				return
			case <-time.After(relisten):
			}
			if err = s.listenAgain(); err == nil {
				break
			}
		}
		ln = s.listener()
	}
}

// listenAgain opens the address that was bound before, so that a port taken as 0 stays the same.
func (s *Server) listenAgain() error {
	ln, err := net.Listen("tcp", s.Addr().String())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ln = ln
	return nil
}

func (s *Server) listener() net.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ln
}

// Addr is the address listened on; nil before Start.
func (s *Server) Addr() net.Addr {
	if ln := s.listener(); ln != nil {
		return ln.Addr()
	}
	return nil
}

// Stop stops listening, waits for requests under way until ctx ends, and then closes their connections. It returns
// the cause of ctx where they had to be closed. Calling it again, or without Start, does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if s.ended == nil {
		return nil
	}
	var err error
	s.once.Do(func() {
		close(s.leaving)
		if err = s.server.Shutdown(ctx); err != nil {
			_ = s.server.Close() // its error is that of a listener closed before
		}
		_ = s.listener().Close() // one that was opened anew while Shutdown began
		<-s.ended
	})
	return err
}
