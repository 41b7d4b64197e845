package house

import (
	"os"
	"path/filepath"
	"testing"
)

const module = "github.com/aldis-rtc/aldis"

// root is the repository's, seen from this package.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func report(t *testing.T, bad []string) {
	t.Helper()
	for _, line := range bad {
		t.Error(line)
	}
}

func TestImports(t *testing.T) {
	pkgs, err := List(root(t))
	if err != nil {
		t.Fatal(err)
	}
	// A list without this package is not the module's: everything would be allowed.
	if !containsPackage(pkgs, module+"/hack/house") {
		t.Fatalf("go list names %d packages, and not this one", len(pkgs))
	}
	report(t, CheckRungs(module, pkgs))
	report(t, CheckLibraries(module, pkgs))
}

// TestSource reads every source file itself, so that the test cache knows when TestImports has to run again.
func TestSource(t *testing.T) {
	bad, err := CheckSource(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	report(t, bad)
}

func containsPackage(pkgs []Package, importPath string) bool {
	for _, p := range pkgs {
		if p.ImportPath == importPath {
			return true
		}
	}
	return false
}
