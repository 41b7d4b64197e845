package client

import "encoding/json"

type transcript struct {
	Name    string          `json:"name"`
	Why     json.RawMessage `json:"why"`
	Options commonOptions   `json:"options"`
	Steps   []step          `json:"steps"`
}

type commonOptions struct {
	Peer, App      string
	Token          any             `json:"token"`
	Meta           json.RawMessage `json:"meta"`
	Features       []string        `json:"features"`
	HeartbeatGrace float64         `json:"heartbeat_grace"`
	BackoffBase    float64         `json:"backoff_base"`
	BackoffCap     float64         `json:"backoff_cap"`
	MaxAttempts    int             `json:"max_attempts"`
	ConnectTimeout float64         `json:"connect_timeout"`
}

type step struct {
	Do     string         `json:"do"`
	Args   map[string]any `json:"args"`
	As     string         `json:"as"`
	Accept *arrival       `json:"accept"`
	Refuse *arrival       `json:"refuse"`
	Client map[string]any `json:"client"`
	// Gateway keeps its bytes: white space within data counts.
	Gateway json.RawMessage `json:"gateway"`
	Raw     string          `json:"raw"`
	Close   int             `json:"close"`
	Reason  string          `json:"reason"`
	Drop    bool            `json:"drop"`
	Closed  *int            `json:"closed"`
	Silent  float64         `json:"silent"`
	Event   string          `json:"event"`
	Result  string          `json:"result"`
	Error   string          `json:"error"`
	Code    string          `json:"code"`
	With    map[string]any  `json:"with"`
	On      int             `json:"on"`
}

type arrival struct {
	Path       string            `json:"path"`
	Query      map[string]string `json:"query"`
	Protocols  []string          `json:"protocols"`
	Token      *string           `json:"token"`
	NotBefore  float64           `json:"not_before"`
	Within     float64           `json:"within"`
	Status     int               `json:"status"`
	RetryAfter float64           `json:"retry_after"`
	Code       string            `json:"code"`
}
