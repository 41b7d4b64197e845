package client

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
)

// match compares JSON values whole, with placeholders.
func (p *player) match(want, got any) bool {
	switch w := want.(type) {
	case string:
		if !strings.HasPrefix(w, "$") {
			return want == got
		}
		if name, save := strings.CutPrefix(w, "$save:"); save {
			p.saved[name] = got
			return got != nil
		}
		switch w {
		case "$any":
			return got != nil
		case "$number":
			_, ok := got.(float64)
			return ok
		case "$string":
			_, ok := got.(string)
			return ok
		}
		v, ok := p.saved[w[1:]]
		return ok && reflect.DeepEqual(v, got)
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for k, v := range w {
			if gv, ok := g[k]; !ok || !p.match(v, gv) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !p.match(w[i], g[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, got)
}

var placeholder = regexp.MustCompile(`"\$[A-Za-z0-9_]+"`)

// fill puts saved values into what the gateway sends.
func (p *player) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		v, ok := p.saved[s[2:len(s)-1]]
		if !ok {
			p.fatalf("%s was not saved", s)
		}
		b, _ := json.Marshal(v)
		return string(b)
	})
}
