package app

import "errors"

// ErrBroker is in the error of a Start that failed because the broker cannot be used as it is.
var ErrBroker = errors.New("broker")

// errDraining is what readiness says while sessions leave.
var errDraining = errors.New("draining: sessions are leaving, no new ones are taken")

// joinStop adds the errors of a stop to what caused it.
func joinStop(cause, stop error) error {
	if stop == nil {
		return cause
	}
	return errors.Join(cause, stop)
}
