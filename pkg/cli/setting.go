package cli

import (
	"slices"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// configuration is all that settings can set. The zero value is not ready; take defaults.
type configuration struct {
	app       app.Options
	logFormat string
	logLevel  string
}

// defaults is the configuration of who sets nothing.
func defaults() configuration {
	return configuration{app: app.Options{}.WithDefaults(), logFormat: "auto", logLevel: "info"}
}

// setting is one thing that can be set: as flag --name, as variable ALDIS_NAME, as line "name: value" of the file.
type setting struct {
	name  string
	group string // the heading it stands under
	doc   string // a sentence, with the unit where the value has none
	at    func(*configuration) value
}

// env is the name of the setting's variable.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// isList reports whether the setting takes more than one text.
func (s setting) isList() bool {
	_, ok := s.at(&configuration{}).(list)
	return ok
}

// isSecret reports whether the setting's value is shown to nobody.
func (s setting) isSecret() bool {
	_, ok := s.at(&configuration{}).(secret)
	return ok
}

// byName returns the setting of a table that has a name.
func byName(table []setting, name string) (setting, bool) {
	i := slices.IndexFunc(table, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return table[i], true
}

// names returns the names of a table's settings.
func names(table []setting) []string {
	all := make([]string, len(table))
	for i, s := range table {
		all[i] = s.name
	}
	return all
}
