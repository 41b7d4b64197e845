// Package house holds the rules of this repository that a compiler does not: which package may import which
// (rungs.go), which library belongs to which package (libraries.go), and the form of source files (source.go,
// words.go). The rules are functions over plain data, so that a made-up package can break each of them; house_test.go
// applies them to the repository as it stands.
package house
