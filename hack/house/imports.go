package house

import (
	"fmt"
	"strings"
)

// Package is what `go list -json` says of a package, as far as the rules need it.
type Package struct {
	ImportPath   string
	Imports      []string // of the package itself
	TestImports  []string // of its test files in the same package
	XTestImports []string // of its external test package, which may import anything
}

// CheckRungs returns one line for each import in pkgs, packages of module, that the table of rungs forbids, and one
// for each package that the table does not know.
func CheckRungs(module string, pkgs []Package) []string {
	var bad []string
	for _, p := range pkgs {
		rel := inside(module, p.ImportPath)
		rung, ok := rungOf(rel)
		if !ok {
			bad = append(bad, fmt.Sprintf("%s has no rung: enter it in the table of hack/house/rungs.go", rel))
			continue
		}
		for _, imported := range p.Imports {
			bad = append(bad, climb(module, rel, rung, imported, false)...)
		}
		for _, imported := range p.TestImports {
			bad = append(bad, climb(module, rel, rung, imported, true)...)
		}
	}
	return bad
}

// climb returns a line where the package rel on rung may not import the package imported. A test file may import
// a shared suite on top of what its package may.
func climb(module, rel string, rung int, imported string, inTest bool) []string {
	if imported != module && !strings.HasPrefix(imported, module+"/") {
		return nil
	}
	target := inside(module, imported)
	who := rel
	if inTest {
		who = "a test file of " + rel
	}
	to, ok := rungOf(target)
	switch {
	case !ok:
		return []string{fmt.Sprintf("%s (rung %d) imports %s, which has no rung", who, rung, target)}
	case to < rung, inTest && to == suites:
		return nil
	case to >= suites && rung < suites:
		return []string{fmt.Sprintf("%s (rung %d) imports %s (rung %d): only tests import it", who, rung, target, to)}
	default:
		return []string{fmt.Sprintf("%s (rung %d) imports %s (rung %d): a package imports only from lower rungs",
			who, rung, target, to)}
	}
}

// inside returns the path of a package inside module; the package at its root is ".".
func inside(module, importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}
