package accept

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// wantsUpgrade reports whether r asks for a WebSocket, and what is wrong with how it asks (RFC 6455 section 4.2.1).
func wantsUpgrade(r *http.Request) (bool, *wire.Problem) {
	if !hasToken(r.Header, "Upgrade", "websocket") {
		return false, nil
	}
	malformed := func(detail string) (bool, *wire.Problem) {
		return true, &wire.Problem{Status: http.StatusBadRequest, Code: wire.CodeMalformed, Detail: detail}
	}
	if !hasToken(r.Header, "Connection", "upgrade") {
		return malformed("Upgrade goes with Connection: Upgrade")
	}
	if !r.ProtoAtLeast(1, 1) || r.ProtoMajor > 1 {
		return malformed("a WebSocket is opened over HTTP/1.1")
	}
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		return malformed("Sec-WebSocket-Version: 13 is spoken here")
	}
	keys := r.Header.Values("Sec-WebSocket-Key")
	if len(keys) != 1 {
		return malformed("one Sec-WebSocket-Key is right")
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(b) != 16 {
		return malformed("Sec-WebSocket-Key is 16 bytes in base64")
	}
	return true, nil
}

// hasToken reports whether a comma-separated header has a token, in any case.
func hasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for item := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(item), token) {
				return true
			}
		}
	}
	return false
}
