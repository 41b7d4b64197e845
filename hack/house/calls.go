package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// forbidden is a name of the standard library that has its place, or none.
type forbidden struct {
	pkg   string
	names []string
	where func(file string, imports map[string]string) bool // where it is allowed all the same
	why   string
}

// sleepers are the files that may call time.Sleep on the real clock. There are none.
var sleepers []string

// calls are the names looked for in Go files.
var calls = []forbidden{
	{"time", []string{"Sleep"}, maySleep, "wait for an event, or for the clock of synctest"},
	{"os", []string{"Exit"}, mayExit, "only a command ends its process"},
	{"log", []string{"Fatal", "Fatalf", "Fatalln"}, mayExit, "only a command ends its process"},
	{"os/signal", []string{"Notify", "NotifyContext"}, mayExit, "only a command hears signals"},
}

// skips are the methods that pass a test without running it.
var skips = []string{"Skip", "Skipf", "SkipNow"}

// maySleep reports whether file may sleep: a test on the clock of synctest, where a sleep is exact, or a sleeper.
func maySleep(file string, imports map[string]string) bool {
	return isTest(file) && imports["synctest"] == "testing/synctest" || slices.Contains(sleepers, file)
}

// mayExit reports whether file may end the process: commands, tools, and tests, whose child processes it ends.
func mayExit(file string, _ map[string]string) bool {
	return within(file, "cmd") || within(file, "hack") || isTest(file)
}

// checkCalls returns a line for each mention of a forbidden name in f, also where it is not called but passed on.
func checkCalls(fset *token.FileSet, f *ast.File, file string) []string {
	imports := importNames(f)
	var bad []string
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		at := fset.Position(sel.Pos())
		for _, c := range calls {
			if imports[x.Name] == c.pkg && slices.Contains(c.names, sel.Sel.Name) && !c.where(file, imports) {
				bad = append(bad, fmt.Sprintf("%s: %s.%s: %s", at, x.Name, sel.Sel.Name, c.why))
			}
		}
		if isTest(file) && imports[x.Name] == "" && slices.Contains(skips, sel.Sel.Name) {
			bad = append(bad, fmt.Sprintf("%s: %s.%s: a test that skips itself shows nothing", at, x.Name, sel.Sel.Name))
		}
		return true
	})
	return bad
}

// importNames returns the paths that f imports, by the name that f uses for each. Where f gives no name it is the
// last element of the path, which is right for the standard library.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused such a file
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	return names
}
