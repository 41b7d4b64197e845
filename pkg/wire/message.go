package wire

import "encoding/json"

// Type is the type of a frame.
type Type string

// Types of frames from clients (protocol section 3). TypeSignal, TypeRoster and TypeAck go both ways.
const (
	TypeHello  Type = "hello"
	TypeJoin   Type = "join"
	TypeLeave  Type = "leave"
	TypeRoster Type = "roster"
	TypeSignal Type = "signal"
	TypeAck    Type = "ack"
	TypeRenew  Type = "renew"
	TypePing   Type = "ping"
	TypeBye    Type = "bye"
)

// Types of frames from gateways (protocol section 4).
const (
	TypeWelcome  Type = "welcome"
	TypeJoined   Type = "joined"
	TypeLeft     Type = "left"
	TypePresence Type = "presence"
	TypeReceipt  Type = "receipt"
	TypeError    Type = "error"
	TypeICE      Type = "ice"
	TypeGoaway   Type = "goaway"
	TypeGap      Type = "gap"
	TypePong     Type = "pong"
)

// Kinds of signals that have a meaning of their own (protocol section 3: RFC 9429, RFC 8838).
const (
	KindMessage         = "message"
	KindOffer           = "offer"
	KindAnswer          = "answer"
	KindCandidate       = "candidate"
	KindEndOfCandidates = "end-of-candidates"
	KindBye             = "bye"
)

// Statuses of acks and receipts.
const (
	StatusSent      = "sent"
	StatusQueued    = "queued"
	StatusDelivered = "delivered"
	StatusDropped   = "dropped"
)

// Events of presence.
const (
	EventJoin   = "join"
	EventLeave  = "leave"
	EventUpdate = "update"
)

// Reasons of goaway.
const (
	GoawayDrain     = "drain"
	GoawayRebalance = "rebalance"
	GoawayMaxAge    = "max_age"
	GoawayToken     = "token"
)

// Message is one frame of either direction: Type says which of the fields count. The JSON names are those of the
// protocol, so that encoding/json reads what a gateway sends; Append writes it.
type Message struct {
	Type Type `json:"type"`
	// ID is the client's number of a frame, 1 to MaxID; 0 means none.
	ID    int64 `json:"id,omitempty"`
	Again bool  `json:"again,omitempty"`

	App      AppID           `json:"app,omitempty"`
	Peer     PeerID          `json:"peer,omitempty"`
	N        int64           `json:"n,omitempty"`
	Token    string          `json:"token,omitempty"`
	Meta     json.RawMessage `json:"meta,omitempty"`
	Features []string        `json:"features,omitempty"`
	Resume   *Resume         `json:"resume,omitempty"`

	Room RoomID `json:"room,omitempty"`
	To   PeerID `json:"to,omitempty"`
	// ToN is the only incarnation that may receive the signal; 0 means any.
	ToN     int64  `json:"to_n,omitempty"`
	From    PeerID `json:"from,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Receipt bool   `json:"receipt,omitempty"`
	Polite  bool   `json:"polite,omitempty"`
	// Data is a signal's payload, the bytes that the sender wrote; nil where it sent none.
	Data json.RawMessage `json:"data,omitempty"`
	// Seq numbers the signals that a session receives, from 1 without gaps; in an ack, all up to it are processed.
	Seq int64 `json:"seq,omitempty"`

	Status    string `json:"status,omitempty"`
	Receivers int    `json:"receivers,omitempty"`
	Full      int    `json:"full,omitempty"`

	V     int64    `json:"v,omitempty"`
	Peers []Member `json:"peers,omitempty"`
	More  bool     `json:"more,omitempty"`
	Event string   `json:"event,omitempty"`

	Code       Code    `json:"code,omitempty"`
	Text       string  `json:"message,omitempty"`
	RetryAfter float64 `json:"retry_after,omitempty"` // seconds
	Reason     string  `json:"reason,omitempty"`
	Within     float64 `json:"within,omitempty"` // seconds

	// T is what a ping carries and its pong gives back, the bytes that came.
	T json.RawMessage `json:"t,omitempty"`

	Session   string      `json:"session,omitempty"`
	Secret    string      `json:"secret,omitempty"`
	Resumed   bool        `json:"resumed,omitempty"`
	Grace     float64     `json:"grace,omitempty"`     // seconds
	Heartbeat float64     `json:"heartbeat,omitempty"` // seconds
	MaxFrame  int         `json:"max_frame,omitempty"` // bytes
	Window    int         `json:"window,omitempty"`
	Limits    *Limits     `json:"limits,omitempty"`
	ICE       *ICE        `json:"ice,omitempty"`
	Servers   []ICEServer `json:"servers,omitempty"`
	TTL       float64     `json:"ttl,omitempty"` // seconds
}

// Resume is a hello's claim to a session that it had.
type Resume struct {
	Session string `json:"session"`
	Secret  string `json:"secret"`
	// Seq is the last signal processed; BadSeq where a client sent no integer from 0 up, which resumes nothing.
	Seq int64 `json:"seq"`
}

// BadSeq is the Seq of a Resume whose number was none.
const BadSeq = -1

// Member is a peer in a room as another one sees it.
type Member struct {
	Peer PeerID          `json:"peer"`
	N    int64           `json:"n"`
	Meta json.RawMessage `json:"meta,omitempty"`
	// Polite is the role of the one who reads it, towards Peer.
	Polite bool `json:"polite"`
}

// Limits are what a welcome tells of the gateway's bounds.
type Limits struct {
	Meta          int     `json:"meta"`  // bytes
	Rooms         int     `json:"rooms"` // rooms a session may be in
	Inbox         int     `json:"inbox"` // signals that wait for a session's ack
	SignalsPerSec float64 `json:"signals_per_s"`
}

// ICE is what a peer needs for its RTCPeerConnection.
type ICE struct {
	Servers []ICEServer `json:"servers"`
	TTL     float64     `json:"ttl"` // seconds the credentials are good for
}

// ICEServer has the shape of W3C's RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}
