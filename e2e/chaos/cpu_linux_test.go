package chaos

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of processor time in /proc (proc(5): 1/sysconf(_SC_CLK_TCK), which is 100 on Linux).
const tick = 10 * time.Millisecond

// othersTime is the processor time that all processes but this one and those it started have used so far.
func othersTime() (time.Duration, bool) {
	busy, err := busyTime()
	if err != nil {
		return 0, false
	}
	return busy - ownTime(), true
}

// busyTime is what all processors have spent on anything, from the first line of /proc/stat: user, nice, system, idle, iowait, irq,
// softirq, steal; guests are in user.
func busyTime() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var sum int64
	for i, f := range strings.Fields(line) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil && i <= 8 && i != 4 && i != 5 {
			sum += n
		}
	}
	return time.Duration(sum) * tick, nil
}

// ownTime is that of this process, of its children that have ended, and of those that run.
func ownTime() (sum time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	self := strconv.Itoa(os.Getpid())
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// After the name, which may hold anything: state, parent, and as the 12th and 13th the times.
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(f) > 12 && f[1] == self {
			user, _ := strconv.ParseInt(f[11], 10, 64)
			system, _ := strconv.ParseInt(f[12], 10, 64)
			sum += time.Duration(user+system) * tick
		}
	}
	return sum
}
