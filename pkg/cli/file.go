package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds the settings file, in bytes.
const maxFile = 1 << 20

// readFile reads the settings file at path, which the source named names. It returns what the file sets, or else all
// that is wrong with it.
func readFile(table []setting, path string, named origin) (layer, []error) {
	data, err := slurp(path)
	if err != nil {
		return nil, []error{problem{origin: named, text: err.Error()}}
	}
	return parseFile(table, path, data)
}

// slurp reads a file of at most maxFile bytes.
func slurp(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, plain(path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than 1 MiB: that is no settings file", path)
	}
	return data, nil
}

// plain says what happened to a file without the name of the system call.
func plain(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// parseFile returns what a settings file sets: one YAML mapping from names to values.
func parseFile(table []setting, path string, data []byte) (layer, []error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return layer{}, nil // nothing but comments
	case err != nil:
		return nil, []error{yamlProblem(path, err)}
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		return nil, []error{at(path, next.Line, "", "a second document begins; a settings file has one")}
	case !errors.Is(err, io.EOF):
		return nil, []error{yamlProblem(path, err)}
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return layer{}, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, []error{at(path, root.Line, "", "this is no settings file: its lines are like listen: 127.0.0.1:8080")}
	}
	f := fileReader{table: table, path: path, set: layer{}}
	for i := 0; i+1 < len(root.Content); i += 2 {
		f.entry(root.Content[i], root.Content[i+1])
	}
	return f.set, f.problems
}

// at is a problem on a line of the settings file, about a setting or about none.
func at(path string, line int, name, text string) problem {
	return problem{name, origin{fromFile, path + ":" + strconv.Itoa(line)}, text}
}

// yamlLine is the form of the YAML library's errors. On the first line it leaves the number out.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// yamlProblem puts the line of a syntax error where editors look for it.
func yamlProblem(path string, err error) error {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	line := m[1]
	if line == "" {
		line = "1"
	}
	return fmt.Errorf("%s:%s: not YAML: %s", path, line, m[2])
}
