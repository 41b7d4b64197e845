package cli

import (
	"regexp"
	"slices"
	"strings"
)

const (
	envPrefix = "ALDIS_"
	configEnv = envPrefix + "CONFIG"
)

// injected are the variables that Kubernetes sets in every container for a Service whose name begins with "aldis"
// (the kubelet's service links, and Docker's older form of them). They are nobody's mistake.
var injected = regexp.MustCompile(`^ALDIS_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$`)

// readEnviron returns what the environment sets, the settings file that it names, and a line for each variable that
// looks like ours and is not. An empty variable counts as not set. Values are not repeated in warnings.
func readEnviron(table []setting, environ []string) (set layer, file string, warnings []string) {
	set = layer{}
	byEnv := map[string]string{}
	known := []string{configEnv}
	for _, s := range table {
		byEnv[s.env()] = s.name
		known = append(known, s.env())
	}
	for _, entry := range environ {
		variable, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, envPrefix) {
			continue
		}
		name, ok := byEnv[variable]
		switch {
		case variable == configEnv:
			file = text
		case ok && text != "":
			set[name] = given{[]string{text}, origin{fromEnv, variable}}
		case !ok && !injected.MatchString(variable):
			warnings = append(warnings, "unknown variable "+clip(variable)+hint(variable, known, "%s", "aldis config lists the settings"))
		}
	}
	slices.Sort(warnings)
	return set, file, warnings
}
