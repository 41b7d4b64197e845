package wire

// Code is the machine-readable name of an error: in an error frame, in problem+json and as the reason of a close
// (protocol sections 2 and 5). A client treats an unknown one as final.
type Code string

// Codes of error frames that answer a frame. All are final for that id but CodeUnavailable.
const (
	CodeBadFrame    Code = "bad_frame"
	CodeUnknownType Code = "unknown_type"
	CodeBadID       Code = "bad_id"
	CodeTooLarge    Code = "too_large"
	CodeNoSuchPeer  Code = "no_such_peer"
	CodeNotAMember  Code = "not_a_member"
	CodeForbidden   Code = "forbidden"
	CodeRateLimited Code = "rate_limited"
	CodeInboxFull   Code = "inbox_full"
	CodeRoomFull    Code = "room_full"
	CodeStale       Code = "stale"
	CodeUnavailable Code = "unavailable"
)

// Codes lists the codes that answer frames, for counters that are created at zero.
var Codes = []Code{
	CodeBadFrame, CodeUnknownType, CodeBadID, CodeTooLarge, CodeNoSuchPeer, CodeNotAMember, CodeForbidden,
	CodeRateLimited, CodeInboxFull, CodeRoomFull, CodeStale, CodeUnavailable,
}

// Codes of refused requests (problem+json, protocol section 2).
const (
	CodeMalformed           Code = "malformed"
	CodeUnsupportedProtocol Code = "unsupported_protocol"
	CodeUnauthorized        Code = "unauthorized"
	CodeUnknownApp          Code = "unknown_app"
	CodeUpgradeRequired     Code = "upgrade_required"
	CodeDraining            Code = "draining"
	CodeOverloaded          Code = "overloaded"
	CodeStarting            Code = "starting"
)

// CloseCode is a WebSocket close code (RFC 6455 section 7.4). Its range tells a client what to do (protocol section 5).
type CloseCode uint16

// The close codes of the gateway.
const (
	CloseBye           CloseCode = 1000
	CloseGoingAway     CloseCode = 1001
	CloseForbiddenRFC  CloseCode = 1002 // a frame that RFC 6455 forbids
	CloseBinary        CloseCode = 1003
	CloseAbnormal      CloseCode = 1006 // never on the wire: the socket ended without a close frame
	CloseInvalidUTF8   CloseCode = 1007
	CloseTooBig        CloseCode = 1009
	CloseInternal      CloseCode = 1011
	CloseBadHello      CloseCode = 4000
	CloseUnauthorized  CloseCode = 4001
	CloseForbidden     CloseCode = 4002
	CloseReplaced      CloseCode = 4004
	CloseKicked        CloseCode = 4005
	CloseUnknownApp    CloseCode = 4006
	CloseProtocolError CloseCode = 4007
	CloseResumed       CloseCode = 4008
	CloseOverloaded    CloseCode = 4100
	CloseRateLimited   CloseCode = 4101
	CloseSlowConsumer  CloseCode = 4102
	CloseUnavailable   CloseCode = 4103
	CloseHelloTimeout  CloseCode = 4104
	ClosePeerTaken     CloseCode = 4105
	CloseDraining      CloseCode = 4200
	CloseRebalance     CloseCode = 4201
	CloseTokenExpired  CloseCode = 4202
	CloseLeaseLost     CloseCode = 4203
	CloseMaxAge        CloseCode = 4204
)

// CloseReasons is the one table of close codes: the short name that goes with each on the wire and in metrics.
var CloseReasons = map[CloseCode]string{
	CloseBye:           "bye",
	CloseGoingAway:     "going_away",
	CloseForbiddenRFC:  "websocket_error",
	CloseBinary:        "binary",
	CloseAbnormal:      "abnormal",
	CloseInvalidUTF8:   "invalid_utf8",
	CloseTooBig:        "too_large",
	CloseInternal:      "internal",
	CloseBadHello:      "bad_hello",
	CloseUnauthorized:  "unauthorized",
	CloseForbidden:     "forbidden",
	CloseReplaced:      "replaced",
	CloseKicked:        "kicked",
	CloseUnknownApp:    "unknown_app",
	CloseProtocolError: "protocol_error",
	CloseResumed:       "resumed",
	CloseOverloaded:    "overloaded",
	CloseRateLimited:   "rate_limited",
	CloseSlowConsumer:  "slow_consumer",
	CloseUnavailable:   "unavailable",
	CloseHelloTimeout:  "hello_timeout",
	ClosePeerTaken:     "peer_taken",
	CloseDraining:      "draining",
	CloseRebalance:     "rebalance",
	CloseTokenExpired:  "token_expired",
	CloseLeaseLost:     "lease_lost",
	CloseMaxAge:        "max_age",
}

// Reason returns the short name of the code, "unknown" for one that is not in the table.
func (c CloseCode) Reason() string {
	if r, ok := CloseReasons[c]; ok {
		return r
	}
	return "unknown"
}

// Final reports whether a client must not come back after this close (4000 to 4099).
func (c CloseCode) Final() bool { return c >= 4000 && c < 4100 }

// ReconnectNow reports whether a client comes back at once and resumes (4200 to 4299).
func (c CloseCode) ReconnectNow() bool { return c >= 4200 && c < 4300 }
