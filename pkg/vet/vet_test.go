package vet

import (
	"net/http"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func TestArriveAndAdmit(t *testing.T) {
	g := New()
	for _, tt := range []struct {
		a      Attempt
		status int // 0: admitted
		code   wire.Code
	}{
		{Attempt{App: "default"}, 0, ""},
		{Attempt{App: "default", Origin: "https://example.org"}, 0, ""},
		{Attempt{App: "default", Origin: "null"}, 0, ""},
		{Attempt{App: "default", Origin: "nonsense"}, http.StatusForbidden, wire.CodeForbidden},
		{Attempt{App: "nobody"}, http.StatusNotFound, wire.CodeUnknownApp},
	} {
		r := g.Arrive(tt.a)
		if r == nil {
			_, r = g.Admit(tt.a)
		}
		if (r == nil) != (tt.status == 0) || r != nil && (r.Status != tt.status || r.Code != tt.code || r.Detail == "") {
			t.Errorf("%+v: %+v", tt.a, r)
		}
	}
}

func TestHelloNamesThePeer(t *testing.T) {
	g := New()
	for _, tt := range []struct {
		asked, resumes, subject, want wire.PeerID
	}{
		{"alice", "", "", "alice"},
		{"", "old", "", "old"},
		{"", "old", "sub", "sub"},
		{"@backend", "", "", ""},
		{"~peerjs", "", "", ""},
		{"", "~x", "", ""},
	} {
		p, r := g.Hello(&Grant{App: "default", Subject: tt.subject}, &wire.Message{Peer: tt.asked}, tt.resumes)
		if p != tt.want || (r != nil) != (tt.want == "") || r != nil && r.Close != wire.CloseBadHello {
			t.Errorf("%+v: %q, %+v", tt, p, r)
		}
	}
	a, _ := g.Hello(&Grant{}, &wire.Message{}, "")
	b, _ := g.Hello(&Grant{}, &wire.Message{}, "")
	if a == b || a.CheckHeld() != nil {
		t.Errorf("generated %q and %q", a, b)
	}
}
