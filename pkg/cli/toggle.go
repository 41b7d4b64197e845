package cli

import (
	"fmt"
	"strconv"
)

// toggle is true or false. As a flag it may stand without a value: true.
type toggle struct{ p *bool }

func (v toggle) set(texts []string) error {
	if texts[0] != "true" && texts[0] != "false" {
		return fmt.Errorf("%q is neither true nor false", clip(texts[0]))
	}
	*v.p = texts[0] == "true"
	return nil
}
func (v toggle) String() string { return strconv.FormatBool(*v.p) }
func (v toggle) json() any      { return *v.p }
func (v toggle) kind() string   { return "true|false" }

// decided is a toggle in whose place nil stands for the default further down.
type decided struct{ p **bool }

func (v decided) set(texts []string) error {
	var b bool
	if err := (toggle{&b}).set(texts); err != nil {
		return err
	}
	*v.p = &b
	return nil
}
func (v decided) String() string { return strconv.FormatBool(**v.p) }
func (v decided) json() any      { return **v.p }
func (v decided) kind() string   { return toggle{}.kind() }
