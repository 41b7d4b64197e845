//go:build !linux

package doortest

import "errors"

// Starve needs prlimit(2), which only Linux has.
func (g *Gateway) Starve(int, int) (relief func() error, err error) {
	return nil, errors.ErrUnsupported
}
