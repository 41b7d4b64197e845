package wire

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestAppendReadsBack holds Append to what encoding/json reads with the protocol's names, for each type of frame.
func TestAppendReadsBack(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for _, m := range []Message{
		{Type: TypeHello, Peer: "alice", Token: "t\"\\\n", Meta: raw(`{"a":1}`), Features: []string{"f"}, Resume: &Resume{Session: "s", Secret: "x", Seq: 41}},
		{Type: TypeWelcome, App: "default", Peer: "alice", N: 3, Session: "s", Secret: "x", Resumed: true, Seq: 4, Grace: 30,
			Heartbeat: 20, MaxFrame: 65536, Window: 32, Features: []string{"f"}, Limits: &Limits{1024, 64, 256, 50},
			ICE: &ICE{Servers: []ICEServer{{URLs: []string{"turn:h"}, Username: "u", Credential: "c"}}, TTL: 3600}},
		{Type: TypeJoin, ID: 1, Again: true, Room: "r1", Meta: raw(`{ }`)},
		{Type: TypeJoined, ID: 1, Room: "r1", V: 7, Peers: []Member{{Peer: "bob", N: 9, Meta: raw(`{}`), Polite: true}, {Peer: "c", N: 1, Meta: raw(`{}`)}}, More: true},
		{Type: TypeLeft, ID: 2, Room: "r1"},
		{Type: TypeRoster, ID: 3, Room: "r1"},
		{Type: TypePresence, Room: "r", V: 9, Event: EventJoin, Peer: "carol", N: 2, Polite: true},
		{Type: TypeSignal, ID: 4, To: "bob", ToN: 9, Receipt: true, Kind: "offer", Data: raw(`{"a" : [1, 2]}`)},
		{Type: TypeSignal, Seq: 12, From: "alice", N: 3, Polite: true, Room: "r1", Kind: "offer", Data: raw(`"é"`)},
		{Type: TypeAck, Seq: 17},
		{Type: TypeAck, ID: 4, Status: StatusSent, Receivers: 3, Full: 1},
		{Type: TypeReceipt, ID: 4, Peer: "bob", N: 9, Status: StatusDelivered},
		{Type: TypeError, ID: 4, Code: CodeRateLimited, Text: "slow down \u2028 ünd \x01", RetryAfter: 1.5},
		{Type: TypeICE, Servers: []ICEServer{{URLs: []string{"stun:h"}}}, TTL: 60},
		{Type: TypeGoaway, Reason: GoawayDrain, Within: 8.5},
		{Type: TypeRenew, ID: 6, Token: "t"},
		{Type: TypePong, T: raw(`123`)},
		{Type: TypeBye}, {Type: TypeGap},
	} {
		b := Append(nil, &m)
		var got Message
		if err := json.Unmarshal(b, &got); err != nil {
			t.Errorf("%s: %v: %s", m.Type, err, b)
			continue
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s: %s\n got %+v\nwant %+v", m.Type, b, got, m)
		}
	}
}

func TestAppendKeepsWhatMustBeThere(t *testing.T) {
	for want, m := range map[string]Message{
		`{"type":"ack","seq":0}`:                                                        {Type: TypeAck},
		`{"type":"ack","id":4,"status":"sent","receivers":0}`:                           {Type: TypeAck, ID: 4, Status: StatusSent, Room: "r"},
		`{"type":"joined","id":1,"room":"r","v":1,"peers":[]}`:                          {Type: TypeJoined, ID: 1, Room: "r", V: 1},
		`{"type":"ice","servers":[],"ttl":0}`:                                           {Type: TypeICE},
		`{"type":"signal","seq":1,"from":"a","n":1,"polite":false,"kind":"x","data":0}`: {Type: TypeSignal, Seq: 1, From: "a", N: 1, Kind: "x", Data: []byte("0")},
		"{\"type\":\"error\",\"code\":\"bad_frame\",\"message\":\"\ufffd\"}":            {Type: TypeError, Code: CodeBadFrame, Text: "\xff"},
	} {
		if got := string(Append(nil, &m)); got != want {
			t.Errorf("got %s want %s", got, want)
		}
	}
}

func TestNames(t *testing.T) {
	long := PeerID(make([]byte, 129))
	for _, tt := range []struct {
		p          PeerID
		addr, held bool
	}{
		{"alice", true, true}, {"A.b_c:d@e-1", true, true}, {"@backend", true, false}, {"~peerjs~20x", true, false},
		{"a~b", false, false}, {"", false, false}, {"ä", false, false}, {"a b", false, false}, {long, false, false},
	} {
		if got := tt.p.Check() == nil; got != tt.addr {
			t.Errorf("%q.Check ok = %v", tt.p, got)
		}
		if got := tt.p.CheckHeld() == nil; got != tt.held {
			t.Errorf("%q.CheckHeld ok = %v", tt.p, got)
		}
	}
	if AppID("a-1").Check() != nil || AppID("A").Check() == nil || AppID("").Check() == nil {
		t.Error("app names")
	}
	if CheckKind("end-of-candidates") != nil || CheckKind("") == nil || CheckKind("a@b") == nil {
		t.Error("kinds")
	}
	if !PeerID("b").Polite("a") || PeerID("a").Polite("a") || PeerID("a").Polite("b") {
		t.Error("polite")
	}
}

func BenchmarkAppendSignal(b *testing.B) {
	m := Message{Type: TypeSignal, Seq: 12, From: "alice", N: 3, Kind: "offer", Data: make([]byte, 1200)}
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], &m)
	}
}
