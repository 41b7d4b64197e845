package web

import (
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"path"
)

// asset is one file, ready to be served.
type asset struct {
	body      []byte
	mediaType string
	tag       string // the ETag, quotes included
	err       error  // the file could not be read; then the rest is empty
}

// mediaTypes are the content types by ending. They do not come from the machine's tables: a module with another type
// than JavaScript's is not run.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// load returns all assets by URL path.
func load(sdk fs.FS) map[string]asset {
	assets := map[string]asset{"/": read(page, "demo/index.html")}
	add := func(files fs.FS, pattern, prefix string) {
		names, _ := fs.Glob(files, pattern) // the one error is that of a malformed pattern
		for _, name := range names {
			assets[prefix+path.Base(name)] = read(files, name)
		}
	}
	add(page, "demo/*.js", "/demo/")
	add(page, "demo/*.css", "/demo/")
	add(sdk, "*.js", sdkPath)
	return assets
}

func read(files fs.FS, name string) asset {
	body, err := fs.ReadFile(files, name)
	if err != nil {
		return asset{err: err}
	}
	sum := sha256.Sum256(body)
	return asset{
		body:      body,
		mediaType: mediaTypes[path.Ext(name)],
		tag:       `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`,
	}
}
