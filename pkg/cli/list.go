package cli

import (
	"errors"
	"strings"
)

// list is any number of words, given one by one or with commas between them.
type list struct{ p *[]string }

func (v list) set(texts []string) error {
	words := []string{}
	for _, t := range texts {
		if t == "" && len(texts) == 1 {
			break // --name= empties a list that is set further down
		}
		for word := range strings.SplitSeq(t, ",") {
			if word = strings.TrimSpace(word); word == "" {
				return errors.New("has an empty element")
			}
			words = append(words, word)
		}
	}
	*v.p = words
	return nil
}
func (v list) String() string { return strings.Join(*v.p, ",") }
func (v list) json() any      { return append([]string{}, *v.p...) } // never null
func (v list) kind() string   { return "list" }

// secret is a text that is shown to nobody: not in an error, not by aldis config. A setting of this kind has no flag,
// because every user of a machine may read the arguments of every process.
type secret struct{ p *string }

func (v secret) set(texts []string) error {
	if texts[0] == "" {
		return errors.New("must not be empty")
	}
	*v.p = texts[0]
	return nil
}
func (v secret) String() string {
	if *v.p == "" {
		return ""
	}
	return "(set)"
}
func (v secret) json() any    { return v.String() }
func (v secret) kind() string { return "secret" }
