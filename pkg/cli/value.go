package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is a place in the configuration, seen as text.
type value interface {
	// set takes what was given: one text, or for a list any number. The error says what would be right; it does not
	// name the setting.
	set(texts []string) error
	// String is the value as it may be shown, and except for secrets as set takes it.
	String() string
	// json is the value as it stands in JSON.
	json() any
	// kind is one word for help.
	kind() string
}

var errZero = errors.New("must be above 0")

// text is a string that must not be empty.
type text struct{ p *string }

func (v text) set(texts []string) error {
	if texts[0] == "" {
		return errors.New("must not be empty")
	}
	*v.p = texts[0]
	return nil
}
func (v text) String() string { return *v.p }
func (v text) json() any      { return *v.p }
func (v text) kind() string   { return "text" }

// choice is one of few words.
type choice struct {
	p  *string
	of []string
}

func (v choice) set(texts []string) error {
	if !slices.Contains(v.of, texts[0]) {
		return fmt.Errorf("%q is none of %s", clip(texts[0]), strings.Join(v.of, ", "))
	}
	*v.p = texts[0]
	return nil
}
func (v choice) String() string { return *v.p }
func (v choice) json() any      { return *v.p }
func (v choice) kind() string   { return strings.Join(v.of, "|") }

// auto is true, false, or nil for a choice that the program makes.
type auto struct{ p **bool }

func (v auto) set(texts []string) error {
	switch texts[0] {
	case "auto":
		*v.p = nil
	case "true", "false":
		*v.p = new(texts[0] == "true")
	default:
		return fmt.Errorf("%q is none of auto, true, false", clip(texts[0]))
	}
	return nil
}
func (v auto) String() string {
	if *v.p == nil {
		return "auto"
	}
	return strconv.FormatBool(**v.p)
}
func (v auto) json() any {
	if *v.p == nil {
		return "auto"
	}
	return **v.p
}
func (v auto) kind() string { return "auto|true|false" }

// count is a whole number above zero, because zero stands for the default further down.
type count struct{ p *int }

func (v count) set(texts []string) error {
	n, err := strconv.Atoi(texts[0])
	if err != nil {
		return fmt.Errorf("%q is not a whole number", clip(texts[0]))
	}
	if n == 0 {
		return errZero
	}
	*v.p = n
	return nil
}
func (v count) String() string { return strconv.Itoa(*v.p) }
func (v count) json() any      { return *v.p }
func (v count) kind() string   { return "number" }

// natural is a whole number from 0, for what is 0 by default.
type natural struct{ p *int }

func (v natural) set(texts []string) error {
	n, err := strconv.Atoi(texts[0])
	if err != nil {
		return fmt.Errorf("%q is not a whole number", clip(texts[0]))
	}
	*v.p = n
	return nil
}
func (v natural) String() string { return strconv.Itoa(*v.p) }
func (v natural) json() any      { return *v.p }
func (v natural) kind() string   { return "number" }

// rate is a number a second, above zero for the same reason.
type rate struct{ p *float64 }

func (v rate) set(texts []string) error {
	f, err := strconv.ParseFloat(texts[0], 64)
	if err != nil {
		return fmt.Errorf("%q is not a number", clip(texts[0]))
	}
	if f == 0 {
		return errZero
	}
	*v.p = f
	return nil
}
func (v rate) String() string { return strconv.FormatFloat(*v.p, 'f', -1, 64) }
func (v rate) json() any      { return *v.p }
func (v rate) kind() string   { return "number" }

// duration is a time with its unit, above zero for the same reason.
type duration struct{ p *time.Duration }

func (v duration) set(texts []string) error {
	d, err := time.ParseDuration(texts[0])
	if err != nil {
		if _, err := strconv.ParseFloat(texts[0], 64); err == nil {
			return fmt.Errorf("%s has no unit; write %ss for seconds", texts[0], texts[0])
		}
		return fmt.Errorf("%q is not a duration, such as 500ms, 30s or 2m", clip(texts[0]))
	}
	if d == 0 {
		return fmt.Errorf("%w; 1ms is as good as none", errZero)
	}
	*v.p = d
	return nil
}
func (v duration) String() string {
	s := v.p.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
func (v duration) json() any    { return v.String() }
func (v duration) kind() string { return "duration" }
