package protocol

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// frame is one that the gateway sent.
type frame struct {
	raw string
	f   map[string]json.RawMessage
}

// parse reads a frame strictly: one object, no name twice, valid UTF-8.
func parse(b []byte) (frame, error) {
	f := frame{raw: string(b)}
	if !jsontext.Value(b).IsValid() {
		return f, fmt.Errorf("no valid JSON: %.300q", b)
	}
	if err := json.Unmarshal(b, &f.f); err != nil {
		return f, err
	}
	return f, f.check()
}

// shapes are the members every frame of a type has, section 4, and the first letters their JSON may start with.
var shapes = map[string]string{
	"welcome": "app:s peer:s n:i session:s secret:s resumed:b seq:i grace:i heartbeat:i max_frame:i window:i features:a limits:o ice:o",
	"joined":  "id:i room:s v:i peers:a", "left": "id:i room:s", "roster": "room:s v:i peers:a",
	"presence": "room:s v:i event:s peer:s n:i polite:b",
	"signal":   "seq:i from:s n:i polite:b kind:s", "ack": "id:i", "receipt": "id:i peer:s n:i status:s",
	"error": "code:s message:s", "ice": "servers:a ttl:i", "goaway": "reason:s within:i", "gap": "", "pong": "",
}

var starts = map[byte]string{'s': `"`, 'i': "-0123456789", 'b': "tf", 'a': "[", 'o': "{"}

func (f frame) check() error {
	shape, ok := shapes[f.typ()]
	if !ok {
		return fmt.Errorf("unknown type in %s", f.raw)
	}
	for _, member := range strings.Fields(shape) {
		name, kind, _ := strings.Cut(member, ":")
		v, ok := f.f[name]
		if !ok || !strings.ContainsRune(starts[kind[0]], rune(v[0])) {
			return fmt.Errorf("%s is missing or of the wrong type in %s", name, f.raw)
		}
	}
	return nil
}

func (f frame) str(name string) (s string) {
	_ = json.Unmarshal(f.f[name], &s)
	return s
}

func (f frame) num(name string) (n int64) {
	if err := json.Unmarshal(f.f[name], &n); err != nil {
		return -1
	}
	return n
}

func (f frame) float(name string) (n float64) {
	if err := json.Unmarshal(f.f[name], &n); err != nil {
		return -1
	}
	return n
}

func (f frame) has(name string) bool  { _, ok := f.f[name]; return ok }
func (f frame) flag(name string) bool { return string(f.f[name]) == "true" }
func (f frame) typ() string           { return f.str("type") }
func (f frame) code() string          { return f.str("code") }

// sub returns an object that stands in a frame.
func (f frame) sub(name string) frame {
	g := frame{raw: string(f.f[name])}
	_ = json.Unmarshal(f.f[name], &g.f)
	return g
}

// peers returns the entries of a list of peers by name; "" in a name is an entry that stands there twice.
func (f frame) peers() map[string]frame {
	var list []json.RawMessage
	_ = json.Unmarshal(f.f["peers"], &list)
	out := map[string]frame{}
	for _, raw := range list {
		e := frame{raw: string(raw)}
		_ = json.Unmarshal(raw, &e.f)
		if _, twice := out[e.str("peer")]; twice {
			out[""] = e
		}
		out[e.str("peer")] = e
	}
	return out
}

// answers reports whether f is of a type that answers a frame with an id.
func (f frame) answers() bool {
	switch f.typ() {
	case "ack", "joined", "left", "roster", "error":
		return f.has("id")
	}
	return false
}
