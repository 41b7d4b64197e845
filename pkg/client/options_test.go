package client

import (
	"context"
	"strings"
	"testing"
	"time"
)

func containsSecret(s string) bool { return strings.Contains(s, "secret") }

func TestValidateNamesTheField(t *testing.T) {
	for field, o := range map[string]Options{
		"App":            {App: "A"},
		"Peer":           {Peer: "@backend"},
		"Meta":           {Meta: []byte("{")},
		"Features":       {Features: []string{""}},
		"Backoff.Base":   {Backoff: Backoff{Base: -1}},
		"Backoff.Cap":    {Backoff: Backoff{Base: time.Second, Cap: time.Millisecond}},
		"MaxAttempts":    {MaxAttempts: -1},
		"ConnectTimeout": {ConnectTimeout: -1},
		"HeartbeatGrace": {HeartbeatGrace: -1},
		"CloseTimeout":   {CloseTimeout: -1},
	} {
		_, err := Connect(context.Background(), "ws://127.0.0.1:1", o)
		if err == nil || !strings.Contains(err.Error(), "Options."+field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := (&Options{Backoff: Backoff{Base: time.Minute}}).Validate(); err != nil {
		t.Error("a Base above the default Cap raises it:", err)
	}
	for raw, ok := range map[string]bool{"": true, `{"a" : 1}`: true, "null": true, "\"\xff\"": false, "{}{}": false, " ": false} {
		if err := checkJSON([]byte(raw)); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
