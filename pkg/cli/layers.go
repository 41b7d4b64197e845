package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/app"
)

// effective is what applies in the end.
type effective struct {
	configuration
	origins  map[string]origin // by the setting's name; all settings
	file     string            // "" where there is none
	warnings []string          // a line each
}

// resolve puts the layers over each other: the defaults, the settings file, the environment, the flags; the later
// wins. file is the one that a flag names, or else the environment may. The error is a failure with exitConfig; its
// text has a line for each thing that is wrong, up to maxProblems.
func resolve(flags layer, file string, environ []string) (*effective, error) {
	env, path, warnings := readEnviron(settings, environ)
	named := origin{fromFlag, "--" + configFlag}
	if file == "" {
		file, named = path, origin{fromEnv, configEnv}
	}
	e := &effective{configuration: defaults(), origins: map[string]origin{}, file: file, warnings: warnings}
	var fromPath layer
	if file != "" {
		var problems []error
		if fromPath, problems = readFile(settings, file, named); len(problems) > 0 {
			return nil, failed(exitConfig, joinProblems(problems))
		}
	}
	if problems := e.apply(settings, fromPath, env, flags); len(problems) > 0 {
		return nil, failed(exitConfig, joinProblems(problems))
	}
	if err := e.app.Validate(); err != nil {
		return nil, failed(exitConfig, joinProblems(e.place(err)))
	}
	if idle := e.withoutEffect(); idle != "" {
		e.warnings = append(e.warnings, idle)
	}
	return e, nil
}

// withoutEffect is a warning about settings of Redis that were given where Redis is not used, "" where there are none.
func (e *effective) withoutEffect() string {
	var idle []string
	for _, s := range settings {
		if s.group == groupRedis && e.app.Broker != app.BrokerRedis && e.origins[s.name].source != fromDefault {
			idle = append(idle, s.name)
		}
	}
	if len(idle) == 0 {
		return ""
	}
	return fmt.Sprintf("without effect, because broker is %s: %s; set broker to %s, or remove them",
		e.app.Broker, strings.Join(idle, ", "), app.BrokerRedis)
}

// apply sets each setting from the last of layers that has it. What an earlier layer says of it is looked at too, so
// that a mistake does not come to light only when the flag that hid it is taken away.
func (e *effective) apply(table []setting, layers ...layer) []error {
	var problems []error
	for _, s := range table {
		e.origins[s.name] = origin{source: fromDefault}
		for _, l := range layers {
			g, ok := l[s.name]
			if !ok {
				continue
			}
			if err := s.at(&e.configuration).set(g.texts); err != nil {
				problems = append(problems, problem{s.name, g.origin, err.Error()})
				continue
			}
			e.origins[s.name] = g.origin
		}
	}
	return problems
}

// place splits an error of Validate, whose lines begin with a setting's name, and says where each value is from.
func (e *effective) place(err error) []error {
	var problems []error
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		name, text, found := strings.Cut(line, ": ")
		if o, known := e.origins[name]; found && known {
			problems = append(problems, problem{name, o, text})
		} else {
			problems = append(problems, errors.New(line))
		}
	}
	return problems
}

// maxProblems bounds what is said at once: a file that is something else altogether has one on every line.
const maxProblems = 20

// joinProblems makes one error of many, a line each.
func joinProblems(problems []error) error {
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems:maxProblems], fmt.Errorf("and %d more", more))
	}
	return errors.Join(problems...)
}
