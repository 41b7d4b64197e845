package cli

import "fmt"

// source is a kind of place that values come from. A later one wins.
type source string

const (
	fromDefault source = "default"
	fromFile    source = "file"
	fromEnv     source = "env"
	fromFlag    source = "flag"
)

// origin is where one value is from.
type origin struct {
	source source
	where  string // --name, ALDIS_NAME or file:line; "" for a default
}

// String is the origin in one cell of a table.
func (o origin) String() string {
	if o.where == "" {
		return string(o.source)
	}
	return string(o.source) + " " + o.where
}

// given is what a source says of one setting.
type given struct {
	texts  []string // one, except for lists
	origin origin
}

// layer is what one source says: by the setting's name.
type layer map[string]given

// problem is one thing that is wrong in the settings.
type problem struct {
	name   string // of the setting; "" where it is none
	origin origin
	text   string
}

// Error is the problem on one line, beginning with the place where it can be mended.
func (p problem) Error() string {
	switch {
	case p.origin.source == fromFlag, p.origin.source == fromEnv, p.name == "":
		return fmt.Sprintf("%s: %s", p.origin.where, p.text) // the place is the name
	case p.origin.source == fromFile:
		return fmt.Sprintf("%s: %s: %s", p.origin.where, p.name, p.text)
	default:
		return fmt.Sprintf("%s: %s", p.name, p.text)
	}
}
