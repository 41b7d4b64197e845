package house

import (
	"fmt"
	"slices"
	"strings"
)

// library says which packages may import a library.
type library struct {
	prefix string   // of import paths, by whole path elements
	homes  []string // packages of this module
}

// libraries are the dependencies that stay behind one door: what is wrong with one of them, and what it weighs, is
// then the matter of few files.
var libraries = []library{
	{"github.com/redis/go-redis", []string{"pkg/broker/redis"}},
	{"github.com/coder/websocket", []string{"pkg/session", "pkg/accept", "pkg/client"}},
	{"k8s.io", []string{"pkg/kube", "cmd/aldis-metrics-adapter"}},
	{"sigs.k8s.io/custom-metrics-apiserver", []string{"cmd/aldis-metrics-adapter"}},
}

// stdlibOnly are the packages that import nothing but the standard library: outsiders build on them.
var stdlibOnly = []string{"pkg/wire", "pkg/ice"}

// CheckLibraries returns one line for each import in pkgs of a library that belongs to other packages. The rungs
// of tests and external test packages are free.
func CheckLibraries(module string, pkgs []Package) []string {
	var bad []string
	for _, p := range pkgs {
		rel := inside(module, p.ImportPath)
		if rung, ok := rungOf(rel); ok && rung >= suites {
			continue
		}
		imports := slices.Concat(p.Imports, p.TestImports)
		slices.Sort(imports)
		for _, imported := range slices.Compact(imports) {
			for _, l := range libraries {
				if within(imported, l.prefix) && !slices.Contains(l.homes, rel) {
					bad = append(bad, fmt.Sprintf("%s imports %s: it belongs to %s", rel, imported, strings.Join(l.homes, ", ")))
				}
			}
			if slices.Contains(stdlibOnly, rel) && !isStandard(imported) {
				bad = append(bad, fmt.Sprintf("%s imports %s: it may import the standard library only", rel, imported))
			}
		}
	}
	return bad
}

// isStandard reports whether importPath is of the standard library: its first element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}
