package ice

import (
	"strings"
	"testing"
	"time"
)

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string // "" is good
	}{
		{Config{}, ""},
		{Config{Servers: []string{"stun:stun.example.org", "turns:turn.example.org:5349?transport=tcp"}}, ""},
		{Config{Servers: []string{"http://example.org"}}, "starts with none of"},
		{Config{Servers: []string{"stun://example.org"}}, "names no host"},
		{Config{Servers: []string{"turn:"}}, "names no host"},
		{Config{Servers: make([]string, 17)}, "starts with none of"},
		{Config{Servers: strings.Split(strings.Repeat("stun:a,", 16)+"stun:b", ",")}, "more than 16"},
		{Config{TTL: time.Millisecond}, "ice-ttl"},
	} {
		err := tt.c.WithDefaults().Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.c, err)
		}
	}
}

func TestFor(t *testing.T) {
	set := New(Config{Servers: []string{"stun:a", "stun:b"}, TTL: time.Minute}).For("default", "alice")
	if len(set.Servers) != 2 || set.Servers[1].URLs[0] != "stun:b" || set.TTL != time.Minute {
		t.Errorf("%+v", set)
	}
}
