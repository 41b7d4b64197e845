//go:build !unix

package bench

import (
	"os/exec"
	"time"
)

// descriptorLimit returns the limit of open files, false where it is not known.
func descriptorLimit() (uint64, bool) { return 0, false }

// cpuTime returns the CPU time of this process, 0 where it is not known.
func cpuTime() time.Duration { return 0 }

// apart keeps a child out of reach of the terminal's Ctrl-C where that can be done.
func apart(*exec.Cmd) {}
