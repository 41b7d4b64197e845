package house

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// skipped are the folders that no rule looks into: what others wrote, what tools made, and recorded inputs.
var skipped = []string{".git", "bin", "dist", "node_modules", "testdata", "vendor"}

// textFiles are the endings and names of the files in which words are looked for.
var textFiles = []string{
	".go", ".js", ".mjs", ".cjs", ".ts", ".html", ".css", ".sh", ".md", ".yaml", ".yml", ".tpl", ".json", ".toml",
	".conf", "Makefile", "Dockerfile",
}

// walk calls visit with the path of each text file below root, in lexical order. It leaves out lock files.
func walk(root fs.FS, visit func(file string) error) error {
	return fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.Type().IsRegular() && isText(file):
			return visit(file)
		}
		return nil
	})
}

// isText reports whether file is one in which words are looked for. Files of hack and .ci without an ending are scripts.
func isText(file string) bool {
	name := path.Base(file)
	if strings.HasSuffix(name, "-lock.json") {
		return false
	}
	if path.Ext(name) == "" && (within(file, "hack") || within(file, ".ci")) {
		return true
	}
	return slices.ContainsFunc(textFiles, func(end string) bool { return strings.HasSuffix(name, end) })
}
