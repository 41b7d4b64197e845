package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a number of bytes, above zero because zero stands for the default further down.
type size struct{ p *int }

// units are those of IEC 80000-13, largest first, so that the first that divides a size is the one to show it in.
var units = []struct {
	suffix string
	bytes  int
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (v size) set(texts []string) error {
	number, unit := texts[0], 1
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil || n > math.MaxInt/unit || n < math.MinInt/unit {
		return fmt.Errorf("%q is not a number of bytes, such as 65536, 64KiB or 1MiB", clip(texts[0]))
	}
	if n == 0 {
		return errZero
	}
	*v.p = n * unit
	return nil
}

func (v size) String() string {
	for _, u := range units {
		if *v.p != 0 && *v.p%u.bytes == 0 {
			return strconv.Itoa(*v.p/u.bytes) + u.suffix
		}
	}
	return strconv.Itoa(*v.p)
}
func (v size) json() any    { return *v.p }
func (v size) kind() string { return "bytes" }
