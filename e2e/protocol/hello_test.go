package protocol

import (
	"regexp"
	"strings"
	"testing"
)

var peerName = regexp.MustCompile(`^[A-Za-z0-9_.:-][A-Za-z0-9_.:@-]{0,127}$`)

// Section 4: what a welcome says.
func TestWelcome(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.greet("alice")
	f := c.hello
	if f.str("app") != "default" || f.str("peer") != w.id("alice") || f.flag("resumed") || f.num("seq") != 0 || f.num("n") < 0 {
		t.Errorf("%s", f.raw)
	}
	if f.str("session") == "" || len(f.str("secret")) < 16 || strings.Contains(f.str("secret"), f.str("session")) {
		t.Error("session and secret must be there, the secret long enough not to be guessed")
	}
	if w.g.app != nil && (f.num("max_frame") != 65536 || f.num("window") != 32 || f.float("grace") != 30 || f.float("heartbeat") != 20 ||
		f.sub("limits").num("meta") != 1024 || f.sub("limits").num("rooms") != 64 || f.sub("limits").num("inbox") != 256) {
		t.Errorf("not the defaults: %s", f.raw)
	}
	if f.sub("limits").float("signals_per_s") <= 0 || f.sub("ice").num("ttl") <= 0 || !strings.HasPrefix(string(f.sub("ice").f["servers"]), "[") {
		t.Errorf("limits or ice are not whole: %s", f.raw)
	}
	if string(f.f["features"]) != "[]" {
		t.Errorf("features in force that nobody asked for: %s", f.raw)
	}
}

// All fields of a hello are optional; a peer that names none is given a name of its own.
func TestHelloGeneratesPeers(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	seen := map[string]bool{}
	for range 3 {
		c := w.dial()
		c.send(`{"type":"hello"}`)
		name := c.welcome().str("peer")
		if !peerName.MatchString(name) || strings.HasPrefix(name, "~") || seen[name] {
			t.Errorf("generated peer %q", name)
		}
		seen[name] = true
	}
}

// Unknown fields and features are ignored, on any frame.
func TestHelloIgnoresTheUnknown(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	c := w.greet("a", `"features":["no-such-feature","x"],"x-own":{"a":[1,{}]},"Peer":"b","zzz":null`)
	if string(c.hello.f["features"]) != "[]" {
		t.Errorf("a feature is in force that no gateway has: %s", c.hello.raw)
	}
}

func TestHelloNames(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, name := range []string{"a", "Z", "0", "_", ".", ":", "-", "a@b", "a@:_.-", strings.Repeat("x", 128-11)} {
		w := g.world(t)
		if c := w.as(w.tag + name); c.name != w.tag+name {
			t.Errorf("%s instead of %q", c.hello.raw, name)
		}
	}
	for name, peer := range map[string]string{
		"backend's": `"@backend"`, "dialect's": `"~00abc"`, "space": `"a b"`, "empty": `""`, "129": `"` + strings.Repeat("x", 129) + `"`,
		"not ASCII": `"é"`, "slash": `"a/b"`, "NUL": `"a\u0000"`, "tilde inside": `"a~b"`, "number": `5`, "list": `["a"]`,
	} {
		t.Run(name, func(t *testing.T) {
			c := g.world(t).dial()
			c.send(`{"type":"hello","peer":%s}`, peer)
			c.refused(4000, "bad_hello")
		})
	}
}

// Names are case-sensitive.
func TestHelloNamesHaveCase(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	lower, upper := w.enter("a"), w.enter("A")
	upper.signal(lower, "sent", "1")
	lower.data("1")
	lower.signal(upper, "sent", "2")
	upper.data("2")
}

func TestHelloMeta(t *testing.T) {
	t.Parallel()
	w := start(t).world(t)
	limit := int(w.greet("x").hello.sub("limits").num("meta"))
	meta := func(size int) string { return `{"m":"` + strings.Repeat("x", size-len(`{"m":""}`)) + `"}` }
	a := w.enter("a", `"meta":`+meta(limit))
	b := w.enter("b", `"meta":{"name":"Bob","n":1.50}`)
	a.join(w.id("r"))
	entry := b.join(w.id("r")).peers()[a.name]
	if got := string(entry.f["meta"]); got != meta(limit) {
		t.Errorf("meta of %d bytes instead of %d", len(got), limit)
	}
	if got := a.presence("join", b).sub("meta"); got.str("name") != "Bob" || got.float("n") != 1.5 {
		t.Errorf("meta of the hello is not shown: %s", got.raw)
	}
	c := w.dial()
	c.send(`{"type":"hello","peer":%q,"meta":%s}`, w.id("c"), meta(limit+1))
	if code, reason := c.ended(); code != 4000 && code != 1009 {
		t.Errorf("a meta that is too large: %d %s", code, reason)
	}
}
