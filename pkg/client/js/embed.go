// Package js carries the files of the JavaScript SDK, so that a gateway's web pages can serve them.
package js

import "embed"

// Files holds what a browser or a type checker loads: the modules at the root and their declarations in types.
// Tests, tools and dependencies are not among them.
//
//go:embed *.js types/*.d.ts
var Files embed.FS
