package accept

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// attempt holds a request to the rates: the gateway's own, and how many connections its client's address may have. It
// costs next to nothing, which is why it stands before all that costs more.
func (h *Handler) attempt(r *http.Request, client netip.Addr) *wire.Problem {
	if !h.door.rate.Allow() {
		return overloaded("too many clients come at once", retryStorm)
	}
	c := connOf(r)
	if c == nil || c.addr.IsValid() { // counted when it was accepted
		return nil
	}
	if p := network(client); p.IsValid() {
		if !h.door.addresses.enter(p) {
			return &wire.Problem{Status: http.StatusTooManyRequests, Code: wire.CodeRateLimited,
				Detail: "this address has as many connections as it may", RetryAfter: retryFull}
		}
		c.addr = p // given back when the connection is closed
	}
	return nil
}

func overloaded(detail string, retry time.Duration) *wire.Problem {
	return &wire.Problem{Status: http.StatusServiceUnavailable, Code: wire.CodeOverloaded, Detail: detail, RetryAfter: retry}
}
