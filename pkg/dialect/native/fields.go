package native

import (
	"errors"
	"slices"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// fields keeps what counts only for some types until the type is known, which may stand last in the frame.
type fields struct {
	resume []byte
}

// set takes one member of a frame. Members that no frame from a client has are ignored.
func (f *fields) set(m *wire.Message, field string, v []byte) (err error) {
	switch field {
	case "type":
		err = str(v, &m.Type)
	case "id":
		m.ID, err = positive(v)
	case "again":
		m.Again, err = boolean(v)
	case "receipt":
		m.Receipt, err = boolean(v)
	case "peer":
		err = name(v, &m.Peer)
	case "token":
		err = str(v, &m.Token)
	case "room":
		err = name(v, &m.Room)
	case "to":
		err = name(v, &m.To)
	case "kind":
		err = name(v, &m.Kind)
	case "to_n":
		m.ToN, err = positive(v)
	case "seq":
		m.Seq, err = number(v)
	case "t":
		m.T = v
	case "data":
		m.Data = v
		if depth(v) > wire.MaxDepth {
			err = errDepth
		}
	case "meta":
		if string(v) != "null" {
			m.Meta = v
		}
		if v[0] != '{' && v[0] != 'n' {
			err = errors.New("is no object")
		}
	case "resume":
		f.resume = v
	}
	return err
}

// counts reports whether a frame of that type has a field of that name; in others it is an unknown one and ignored.
func counts(t wire.Type, name string) bool {
	if name == "type" || name == "id" {
		return true
	}
	return slices.Contains(fieldsOf[t], name)
}

var fieldsOf = map[wire.Type][]string{
	wire.TypeHello:  {"peer", "token", "meta", "resume"},
	wire.TypeJoin:   {"again", "room", "meta"},
	wire.TypeLeave:  {"again", "room"},
	wire.TypeRoster: {"again", "room"},
	wire.TypeSignal: {"again", "to", "to_n", "room", "receipt", "kind", "data"},
	wire.TypeAck:    {"seq"},
	wire.TypeRenew:  {"again", "token"},
	wire.TypePing:   {"t"},
}

var errDepth = errors.New("is nested deeper than 64")

func (f *fields) finish(m *wire.Message) error {
	if m.Type == wire.TypeHello && f.resume != nil && string(f.resume) != "null" {
		return readResume(m, f.resume)
	}
	return nil
}

// readResume reads hello's claim. A seq that is no integer from 0 up resumes nothing, but is no malformed hello
// (protocol section 4).
func readResume(m *wire.Message, raw []byte) error {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.reset(raw)
	r := &wire.Resume{Seq: wire.BadSeq}
	err := d.object(func(name string, v []byte) (err error) {
		switch name {
		case "session":
			err = str(v, &r.Session)
		case "secret":
			err = str(v, &r.Secret)
		case "seq":
			if n, numErr := number(v); numErr == nil {
				r.Seq = n
			}
		}
		if err != nil {
			return &fieldError{"resume." + name, err}
		}
		return nil
	})
	if errors.Is(err, errNotObject) {
		return errors.New("resume is no object")
	}
	m.Resume = r
	return err
}

func str[T ~string](raw []byte, to *T) error {
	s, err := text(raw)
	*to = T(s)
	return err
}

// name is str for what may be absent and not empty.
func name[T ~string](raw []byte, to *T) error {
	err := str(raw, to)
	if err == nil && *to == "" {
		err = errors.New("is empty; leave it out")
	}
	return err
}

func boolean(raw []byte) (bool, error) {
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("is neither true nor false")
}

func positive(raw []byte) (int64, error) {
	n, err := number(raw)
	if err == nil && n == 0 {
		err = errNumber
	}
	return n, err
}

// depth returns how deep a valid JSON value is nested: 0 for a scalar.
func depth(v []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
