package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// writer appends the members of one JSON object (RFC 8259).
type writer struct{ b []byte }

func (w *writer) key(k string) {
	w.b = append(append(append(w.b, ',', '"'), k...), '"', ':')
}

func (w *writer) int(k string, v int64) { w.key(k); w.b = strconv.AppendInt(w.b, v, 10) }

func (w *writer) bool(k string, v bool) { w.key(k); w.b = strconv.AppendBool(w.b, v) }

func (w *writer) flag(k string, v bool) {
	if v {
		w.bool(k, v)
	}
}

// num writes seconds with millisecond precision.
func (w *writer) num(k string, v float64) {
	w.key(k)
	w.b = strconv.AppendFloat(w.b, math.Round(v*1000)/1000, 'f', -1, 64)
}

func (w *writer) optNum(k string, v float64) {
	if v != 0 {
		w.num(k, v)
	}
}

func (w *writer) opt(k, v string) {
	if v != "" {
		w.key(k)
		w.str(v)
	}
}

func (w *writer) raw(k string, v json.RawMessage) {
	if len(v) > 0 {
		w.key(k)
		w.b = append(w.b, v...)
	}
}

func (w *writer) strs(k string, v []string) {
	w.key(k)
	w.b = append(w.b, '[')
	for i, s := range v {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.str(s)
	}
	w.b = append(w.b, ']')
}

const hexDigits = "0123456789abcdef"

// str writes a JSON string (RFC 8259 section 7); bytes that are not UTF-8 become U+FFFD.
func (w *writer) str(s string) {
	w.b = append(w.b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			w.b = append(append(w.b, s[start:i]...), '\\', c)
			i++
			start = i
		case c < 0x20:
			w.b = append(append(w.b, s[start:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
			start = i
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				w.b = append(append(w.b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
		}
	}
	w.b = append(append(w.b, s[start:]...), '"')
}
