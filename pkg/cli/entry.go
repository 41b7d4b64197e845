package cli

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// fileReader goes through the entries of one settings file.
type fileReader struct {
	table    []setting
	path     string
	set      layer
	problems []error
}

func (f *fileReader) bad(line int, name, format string, args ...any) {
	f.problems = append(f.problems, at(f.path, line, name, fmt.Sprintf(format, args...)))
}

// entry takes one name and its value. Whether the value is right is for the setting to say, with all other sources.
func (f *fileReader) entry(key, val *yaml.Node) {
	name := key.Value
	s, known := byName(f.table, name)
	switch {
	case key.Kind != yaml.ScalarNode:
		f.bad(key.Line, "", "a setting's name is one word")
		return
	case name == configFlag:
		f.bad(key.Line, "", "config names this file; it cannot stand in it")
		return
	case !known:
		f.bad(key.Line, "", "unknown setting %q%s", clip(name), hint(name, names(f.table), "%q", "aldis config lists them"))
		return
	}
	if first, twice := f.set[name]; twice {
		f.bad(key.Line, name, "is set already at %s; remove one of the two", first.origin.where)
		return
	}
	if texts, ok := f.texts(s, val); ok {
		f.set[name] = given{texts, at(f.path, key.Line, "", "").origin}
	}
}

// texts returns a value as set takes it. Quotes make no difference: "30" and 30 are the same.
func (f *fileReader) texts(s setting, val *yaml.Node) ([]string, bool) {
	kind := s.at(&configuration{}).kind()
	switch {
	case val.Kind == yaml.ScalarNode && val.Tag == "!!null":
		f.bad(val.Line, s.name, "has no value; give one (%s) or remove the line", kind)
	case val.Kind == yaml.ScalarNode:
		return []string{val.Value}, true
	case val.Kind == yaml.AliasNode:
		f.bad(val.Line, s.name, "aliases are not known here; write the value out")
	case val.Kind == yaml.MappingNode:
		f.bad(val.Line, s.name, "is a mapping here; it takes one value (%s)", kind)
	case !s.isList():
		f.bad(val.Line, s.name, "is a list here; it takes one value (%s)", kind)
	default:
		return f.elements(s, val)
	}
	return nil, false
}

// elements returns the words of a YAML list.
func (f *fileReader) elements(s setting, val *yaml.Node) ([]string, bool) {
	texts := make([]string, 0, len(val.Content))
	for _, n := range val.Content {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
			f.bad(n.Line, s.name, "an element of the list is not one word")
			return nil, false
		}
		texts = append(texts, n.Value)
	}
	return texts, true
}
