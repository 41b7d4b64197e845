// Package doortest runs the real aldis as a process and brings to its door whatever may come: sessions of which every signal
// is accounted for, crowds, and peers that are broken, slow or hostile. e2e/door and hack/soak are made of it.
package doortest
