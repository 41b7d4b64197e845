package house

import (
	"path"
	"strings"
)

// The rungs above the commands hold what only tests import; so a suite may import what it examines.
const (
	suites = 8 // packages below pkg whose name ends in "test", such as pkg/broker/brokertest
	trees  = 9 // everything in testTrees
)

// rungs is the table: the rung of each package, by path inside the module. An exact entry wins over a pattern; "*"
// stands for one path element. A package imports only from lower rungs.
var rungs = map[string]int{
	"pkg/wire":      0,
	"pkg/ice":       0,
	"pkg/web":       0,
	"pkg/client/js": 0,

	"pkg/vet":     1,
	"pkg/dialect": 1,
	"pkg/broker":  1,
	"pkg/health":  1,
	"pkg/drain":   1,
	"pkg/kube":    1,
	"pkg/client":  1,

	"pkg/broker/memory": 2,
	"pkg/broker/redis":  2,
	"pkg/dialect/*":     2,
	"pkg/hub":           2,

	"pkg/session": 3,
	"pkg/accept":  4,
	"pkg/app":     5,
	"pkg/bench":   5,
	"pkg/cli":     6,
	"cmd/*":       7,
}

// testTrees are the folders of the end-to-end tests and of the repository's own tools.
var testTrees = []string{"e2e", "hack"}

// rungOf returns the rung of the package at rel, its path inside the module, and whether it has one.
func rungOf(rel string) (int, bool) {
	if inTestTree(rel) {
		return trees, true
	}
	if isSuite(rel) {
		return suites, true
	}
	if rung, ok := rungs[rel]; ok {
		return rung, true
	}
	rung, ok := rungs[path.Join(path.Dir(rel), "*")]
	return rung, ok
}

// isSuite reports whether rel is a shared test suite, such as pkg/broker/brokertest.
func isSuite(rel string) bool {
	name := path.Base(rel)
	return strings.HasPrefix(rel, "pkg/") && strings.HasSuffix(name, "test") && name != "test"
}

// inTestTree reports whether rel lies in one of testTrees.
func inTestTree(rel string) bool {
	for _, tree := range testTrees {
		if within(rel, tree) {
			return true
		}
	}
	return false
}

// within reports whether the slash-separated path p is tree or lies below it.
func within(p, tree string) bool {
	return p == tree || strings.HasPrefix(p, tree+"/")
}
