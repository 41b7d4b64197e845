package wire

import (
	"encoding/json"
	"net/http"
	"time"
)

// Problem is a refused HTTP request, as application/problem+json (RFC 9457; protocol section 2).
type Problem struct {
	Status int
	Code   Code
	// Detail says in a sentence what was wrong and what would be right. It is shown to the client.
	Detail string
	// RetryAfter is sent in whole seconds, rounded up, with 429 and 503.
	RetryAfter time.Duration
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// JSON returns the body of the answer.
func (p *Problem) JSON() []byte {
	b, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   Code   `json:"code"`
	}{"about:blank", http.StatusText(p.Status), p.Status, p.Detail, p.Code})
	if err != nil { // plain strings and numbers cannot fail
		return nil
	}
	return b
}

// RetrySeconds returns RetryAfter in whole seconds, rounded up, at least 1.
func (p *Problem) RetrySeconds() int {
	return max(1, int((p.RetryAfter+time.Second-1)/time.Second))
}
