package session

import (
	"slices"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// window holds a socket's unanswered ids (protocol section 3): at most wire.Window.
type window struct {
	top  int64   // highest id on this socket
	open []int64 // unanswered
}

// admit takes an id in, or says why it may not be.
func (w *window) admit(id int64, again bool) (fault string) {
	switch {
	case slices.Contains(w.open, id):
		return "this id is not answered yet"
	case len(w.open) >= wire.Window:
		return "too many ids are not answered yet"
	case again:
	case id <= w.top:
		return "a new id is above all before it"
	case len(w.open) > 0 && id >= slices.Min(w.open)+wire.Span:
		return "a new id is less than 64 above the lowest that is not answered"
	}
	w.top = max(w.top, id)
	w.open = append(w.open, id)
	return ""
}

func (w *window) close(id int64) {
	if i := slices.Index(w.open, id); i >= 0 {
		w.open = slices.Delete(w.open, i, i+1)
	}
	if len(w.open) == 0 {
		w.open = nil // an idle session keeps no array
	}
}
