package native

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aldis-rtc/aldis/pkg/dialect"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

type codec struct{}

// Encode implements dialect.Codec.
func (codec) Encode(dst []byte, m *wire.Message) []byte { return wire.Append(dst, m) }

// Decode implements dialect.Codec: one JSON object (RFC 8259) without repeated names, compared exactly, and without lone
// surrogates. Fields that the frame's type does not have are ignored.
func (codec) Decode(frame []byte, m *wire.Message) error {
	*m = wire.Message{}
	if depth(frame) > maxNesting {
		return &dialect.Error{ID: findID(frame), Code: wire.CodeBadFrame, Text: "the frame is nested deeper than 128"}
	}
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.reset(frame)
	if err := d.message(m); err != nil {
		return &dialect.Error{ID: findID(frame), Code: wire.CodeBadFrame, Text: explain(err)}
	}
	if err := check(m); err != nil {
		return &dialect.Error{ID: m.ID, Code: err.code, Text: err.text}
	}
	return nil
}

// maxNesting is how deep a whole frame may be nested. The JSON reader calls itself for each level: ten thousand of them, in a
// frame of 20 kB, would grow the stack of a connection's goroutine to 2 MB.
const maxNesting = 2 * wire.MaxDepth

var decoders = sync.Pool{New: func() any { return &decoder{buf: new(bytes.Buffer), dec: new(jsontext.Decoder)} }}

// decoder walks over one frame.
type decoder struct {
	frame []byte
	buf   *bytes.Buffer
	dec   *jsontext.Decoder
}

func (d *decoder) reset(frame []byte, opts ...jsontext.Options) {
	d.frame = frame
	*d.buf = *bytes.NewBuffer(frame)
	d.dec.Reset(d.buf, opts...)
}

// value reads the next value and returns its bytes in the frame, which stay valid as long as the frame.
func (d *decoder) value() ([]byte, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(d.dec.InputOffset())
	return d.frame[end-len(v) : end], nil
}

var errNotObject = errors.New("a frame is one JSON object")

// object calls field for each member of the next value, which must be an object.
func (d *decoder) object(field func(name string, v []byte) error) error {
	tok, err := d.dec.ReadToken()
	if err != nil {
		return err
	}
	if tok.Kind() != '{' {
		return errNotObject
	}
	for d.dec.PeekKind() != '}' {
		raw, err := d.value()
		if err != nil {
			return err
		}
		name, err := text(raw)
		if err != nil {
			return err
		}
		v, err := d.value()
		if err != nil {
			return err
		}
		if err := field(name, v); err != nil {
			return err
		}
	}
	_, err = d.dec.ReadToken()
	return err
}

func (d *decoder) message(m *wire.Message) error {
	var f fields
	var bad []fieldError // which of them count is known when the type is
	err := d.object(func(name string, v []byte) error {
		if err := f.set(m, name, v); err != nil {
			bad = append(bad, fieldError{name, err})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := d.dec.ReadToken(); err != io.EOF {
		return errors.New("a frame is one JSON object and nothing after it")
	}
	for i := range bad {
		if counts(m.Type, bad[i].name) {
			return &bad[i]
		}
	}
	return f.finish(m)
}

// findID returns the id of a frame that is no good, where one can be read before what is wrong: 0 where not.
func findID(frame []byte) int64 {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.reset(frame, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var id int64
	seen := 0
	if tok, err := d.dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return 0
	}
	for d.dec.PeekKind() == '"' {
		raw, err := d.value()
		if err != nil {
			break
		}
		name, _ := text(raw)
		if name == "id" {
			seen++
		}
		if name == "id" && d.dec.PeekKind() == '0' {
			raw, err = d.value()
			id, _ = number(raw)
		} else {
			err = d.dec.SkipValue() // token by token: the frame may be nested too deep for value
		}
		if err != nil {
			break
		}
	}
	if seen != 1 {
		return 0
	}
	return id
}

// text returns what a JSON string says.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("is no string")
	}
	if in := raw[1 : len(raw)-1]; bytes.IndexByte(in, '\\') < 0 {
		return string(in), nil
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err
}

var errNumber = errors.New("is no integer from 1 to 2^53-1")

// number returns an integer from 0 to wire.MaxID, written with digits alone.
func number(raw []byte) (int64, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 || n > wire.MaxID || raw[0] == '+' {
		return 0, errNumber
	}
	return n, nil
}

type fieldError struct {
	name string
	err  error
}

func (e *fieldError) Error() string { return e.name + " " + e.err.Error() }

// explain says what is wrong in the client's terms.
func explain(err error) string {
	var syn *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "a member name is repeated"
	case errors.As(err, &syn):
		return "not valid JSON at byte " + strconv.FormatInt(syn.ByteOffset, 10) + ": " +
			strings.TrimPrefix(syn.Err.Error(), "jsontext: ")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "not valid JSON: it ends too early"
	}
	return err.Error()
}
