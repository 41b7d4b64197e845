package doortest

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Starve takes the gateway's free descriptors away but for so many, whatever it has been started with, and returns what gives
// them back (prlimit(2)).
func (g *Gateway) Starve(used, spare int) (relief func() error, err error) {
	var old unix.Rlimit
	if err := unix.Prlimit(g.Pid(), unix.RLIMIT_NOFILE, nil, &old); err != nil {
		return nil, fmt.Errorf("prlimit: %w", err)
	}
	if uint64(used+spare) >= old.Cur {
		return nil, errors.New("prlimit: it uses more already")
	}
	low := unix.Rlimit{Cur: uint64(used + spare), Max: old.Max}
	if err := unix.Prlimit(g.Pid(), unix.RLIMIT_NOFILE, &low, nil); err != nil {
		return nil, fmt.Errorf("prlimit: %w", err)
	}
	return func() error { return unix.Prlimit(g.Pid(), unix.RLIMIT_NOFILE, &old, nil) }, nil
}
