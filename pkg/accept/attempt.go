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
	if c := connOf(r); c != nil && !c.count(network(client)) {
		return &wire.Problem{Status: http.StatusTooManyRequests, Code: wire.CodeRateLimited,
			Detail: "this address has as many connections as it may", RetryAfter: retryFull}
	}
	return nil
}

func overloaded(detail string, retry time.Duration) *wire.Problem {
	return &wire.Problem{Status: http.StatusServiceUnavailable, Code: wire.CodeOverloaded, Detail: detail, RetryAfter: retry}
}
