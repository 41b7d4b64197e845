package accept

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of a request before its upgrade.
const (
	headerTimeout  = 5 * time.Second
	idleTimeout    = time.Minute
	maxHeaderBytes = 32 << 10
)

// Door is the public listener and its server.
type Door struct {
	address string
	server  *http.Server
	ln      net.Listener
	done    chan struct{}
	failed  chan error
}

// NewDoor returns a Door that serves handler at address once it is started.
func NewDoor(address string, handler http.Handler, log *slog.Logger) *Door {
	return &Door{
		address: address,
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		done: make(chan struct{}), failed: make(chan error, 1),
	}
}

// Start listens and begins to serve. The error is that of listening.
func (d *Door) Start(ctx context.Context) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", d.address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	d.ln = ln
	go func() {
		defer close(d.done)
		if err := d.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			d.failed <- fmt.Errorf("accept: %w", err)
		}
	}()
	return nil
}

// Addr returns where the door listens, nil before Start.
func (d *Door) Addr() net.Addr {
	if d.ln == nil {
		return nil
	}
	return d.ln.Addr()
}

// Failed gives the error that ended the door, if anything but Stop did.
func (d *Door) Failed() <-chan error { return d.failed }

// Stop closes the listener and waits for requests under way; sockets that were upgraded are not its business.
func (d *Door) Stop(ctx context.Context) error {
	if d.ln == nil {
		return nil
	}
	err := d.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, d.server.Close())
	}
	<-d.done
	return err
}
