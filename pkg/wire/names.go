package wire

import "errors"

// AppID names a tenant: 1 to 63 of [a-z0-9-] (protocol section 1).
type AppID string

// PeerID is a peer's address in its app: 1 to 128 of [A-Za-z0-9_.:@-], case-sensitive. A leading "@" is reserved for
// backends, a leading "~" for dialects (protocol section 1).
type PeerID string

// RoomID names a room of an app: the characters and length of a PeerID.
type RoomID string

// DefaultApp is the app of a request that names none.
const DefaultApp AppID = "default"

// Limits of names and of the numbers in frames (protocol sections 1 and 3).
const (
	MaxAppLen  = 63
	MaxNameLen = 128
	MaxKindLen = 32
	// MaxID is the highest id and sequence number: 2^53 - 1, the largest integer that every JSON reader keeps.
	MaxID = 1<<53 - 1
	// Window is how many ids a client may have unanswered at once.
	Window = 32
	// Span is how far a new id may lie above the lowest unanswered one: it must be less than Span above it.
	Span = 64
	// MaxDepth is the nesting that a signal's data may have.
	MaxDepth = 64
)

// Errors of the Check functions.
var (
	ErrAppName  = errors.New("an app is 1 to 63 of [a-z0-9-]")
	ErrPeerName = errors.New("a peer is 1 to 128 of [A-Za-z0-9_.:@-]")
	ErrRoomName = errors.New("a room is 1 to 128 of [A-Za-z0-9_.:@-]")
	ErrKind     = errors.New("a kind is 1 to 32 of [A-Za-z0-9_.:-]")
	ErrReserved = errors.New("a peer name that starts with @ or ~ is reserved")
)

// Check reports whether the name is well-formed: nil or ErrAppName.
func (a AppID) Check() error {
	if len(a) == 0 || len(a) > MaxAppLen {
		return ErrAppName
	}
	for i := range len(a) {
		c := a[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return ErrAppName
		}
	}
	return nil
}

// Check reports whether the name may be addressed: nil or ErrPeerName. "~" is allowed in front of a dialect's name,
// and within it as its escape.
func (p PeerID) Check() error {
	if len(p) == 0 || len(p) > MaxNameLen {
		return ErrPeerName
	}
	for i := range len(p) {
		if !nameByte(p[i]) && !(p[i] == '~' && p[0] == '~') {
			return ErrPeerName
		}
	}
	return nil
}

// CheckHeld reports whether a native client may hold the name: nil, ErrPeerName or ErrReserved.
func (p PeerID) CheckHeld() error {
	if err := p.Check(); err != nil {
		return err
	}
	if p[0] == '@' || p[0] == '~' {
		return ErrReserved
	}
	return nil
}

// Polite reports whether p is the polite side towards other (perfect negotiation, RFC 9429 section 4): the one whose
// name is greater in byte order (protocol section 4).
func (p PeerID) Polite(other PeerID) bool { return p > other }

// Check reports whether the name is well-formed: nil or ErrRoomName.
func (r RoomID) Check() error {
	if len(r) == 0 || len(r) > MaxNameLen {
		return ErrRoomName
	}
	for i := range len(r) {
		if !nameByte(r[i]) && !(r[i] == '~' && r[0] == '~') {
			return ErrRoomName
		}
	}
	return nil
}

// CheckKind reports whether kind may stand in a signal: nil or ErrKind.
func CheckKind(kind string) error {
	if len(kind) == 0 || len(kind) > MaxKindLen {
		return ErrKind
	}
	for i := range len(kind) {
		if !nameByte(kind[i]) || kind[i] == '@' {
			return ErrKind
		}
	}
	return nil
}

func nameByte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' ||
		c == '_' || c == '.' || c == ':' || c == '@' || c == '-'
}
