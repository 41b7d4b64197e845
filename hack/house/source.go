package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxLines is the length at which a Go file has two subjects. Tests and generated files may be longer.
const maxLines = 250

// vague are the package names that say nothing of what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc"}

// CheckSource returns one line for each place below root where a text file breaks a rule of form.
func CheckSource(root fs.FS) ([]string, error) {
	var bad []string
	err := walk(root, func(file string) error {
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		bad = append(bad, checkWords(file, src)...)
		if path.Ext(file) == ".go" {
			bad = append(bad, checkGo(file, src)...)
		}
		return nil
	})
	return bad, err
}

// checkGo returns the lines for one Go file. A file that does not parse has one line, the parser's.
func checkGo(file string, src []byte) []string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	if ast.IsGenerated(f) {
		return nil
	}
	var bad []string
	if n := bytes.Count(src, []byte("\n")); n > maxLines && !isTest(file) {
		bad = append(bad, fmt.Sprintf("%s has %d lines: split it by noun, %d is the most", file, n, maxLines))
	}
	if name := strings.TrimSuffix(f.Name.Name, "_test"); slices.Contains(vague, name) {
		bad = append(bad, fmt.Sprintf("%s: package %s: name it after what it holds", file, f.Name.Name))
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			bad = append(bad, fmt.Sprintf("%s: func init: New wires, the caller sees it", fset.Position(fn.Pos())))
		}
	}
	return append(bad, checkCalls(fset, f, file)...)
}

// isTest reports whether file is a Go test file.
func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }
