package native

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// A frame that is nested as deep as it is long is refused, by its id, without a stack as deep.
func TestNesting(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct {
		frame string
		id    int64
		ok    bool
	}{
		{`{"type":"ping","t":` + deep(maxNesting-1) + `}`, 0, true},
		{`{"type":"ping","t":` + deep(maxNesting) + `}`, 0, false},
		{`{"type":"join","room":"r","id":7,"x":` + deep(9990) + `}`, 7, false},
		{`{"type":"join","room":"r","x":` + deep(9990) + `,"id":7}`, 7, false},
		{`{"type":"join","room":"r","x":"` + deep(9990) + `","id":7}`, 7, true},
		{strings.Repeat(`{"id":`, 5000), 0, false},
	} {
		var m wire.Message
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		done := make(chan error)
		go func() {
			done <- codec{}.Decode([]byte(tt.frame), &m)
			runtime.ReadMemStats(&after)
			done <- nil
		}()
		err := <-done
		<-done
		var de *dialect.Error
		if (err == nil) != tt.ok || errors.As(err, &de) && (de.ID != tt.id || de.Code != wire.CodeBadFrame) {
			t.Errorf("%.40s: %v", tt.frame, err)
		}
		if grown := int64(after.StackInuse) - int64(before.StackInuse); grown > 512<<10 {
			t.Errorf("%.40s: the stack grew by %d bytes", tt.frame, grown)
		}
	}
}
