//go:build !linux

package chaos

import "time"

// othersTime is not known here.
func othersTime() (time.Duration, bool) { return 0, false }
