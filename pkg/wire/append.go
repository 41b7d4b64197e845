package wire

import (
	"encoding/json"
	"strconv"
)

// Append appends m as one JSON object to dst and returns the longer slice. Data, Meta and T are spliced in as they are.
// It writes the fields that m.Type has in the protocol and leaves out those that are optional and empty.
func Append(dst []byte, m *Message) []byte {
	w := writer{b: append(dst, `{"type":`...)}
	w.str(string(m.Type))
	if m.ID != 0 {
		w.int("id", m.ID)
	}
	w.flag("again", m.Again)
	switch m.Type {
	case TypeHello:
		w.hello(m)
	case TypeWelcome:
		w.welcome(m)
	case TypeJoin, TypeLeave:
		w.opt("room", string(m.Room))
		w.raw("meta", m.Meta)
	case TypeRoster, TypeJoined, TypeLeft:
		w.list(m)
	case TypePresence:
		w.presence(m)
	case TypeSignal:
		w.signal(m)
	case TypeAck:
		w.ack(m)
	case TypeReceipt:
		w.opt("peer", string(m.Peer))
		w.int("n", m.N)
		w.opt("status", m.Status)
	case TypeError:
		w.opt("code", string(m.Code))
		w.opt("message", m.Text)
		w.optNum("retry_after", m.RetryAfter)
	case TypeICE:
		w.key("servers")
		w.servers(m.Servers)
		w.num("ttl", m.TTL)
	case TypeGoaway:
		w.opt("reason", m.Reason)
		w.num("within", m.Within)
	case TypeRenew:
		w.opt("token", m.Token)
	case TypePing, TypePong:
		w.raw("t", m.T)
	}
	return append(w.b, '}')
}

func (w *writer) hello(m *Message) {
	w.opt("peer", string(m.Peer))
	w.opt("token", m.Token)
	w.raw("meta", m.Meta)
	if len(m.Features) > 0 {
		w.strs("features", m.Features)
	}
	if r := m.Resume; r != nil {
		w.key("resume")
		w.b = append(w.b, `{"session":`...)
		w.str(r.Session)
		w.opt("secret", r.Secret)
		w.int("seq", r.Seq)
		w.b = append(w.b, '}')
	}
}

func (w *writer) welcome(m *Message) {
	w.opt("app", string(m.App))
	w.opt("peer", string(m.Peer))
	w.int("n", m.N)
	w.opt("session", m.Session)
	w.opt("secret", m.Secret)
	w.bool("resumed", m.Resumed)
	w.int("seq", m.Seq)
	w.num("grace", m.Grace)
	w.num("heartbeat", m.Heartbeat)
	w.int("max_frame", int64(m.MaxFrame))
	w.int("window", int64(m.Window))
	w.strs("features", m.Features)
	if l := m.Limits; l != nil {
		w.key("limits")
		w.b = append(w.b, `{"meta":`...)
		w.b = strconv.AppendInt(w.b, int64(l.Meta), 10)
		w.int("rooms", int64(l.Rooms))
		w.int("inbox", int64(l.Inbox))
		w.num("signals_per_s", l.SignalsPerSec)
		w.b = append(w.b, '}')
	}
	if m.ICE != nil {
		w.key("ice")
		w.b = append(w.b, `{"servers":`...)
		w.servers(m.ICE.Servers)
		w.num("ttl", m.ICE.TTL)
		w.b = append(w.b, '}')
	}
}

func (w *writer) list(m *Message) {
	w.opt("room", string(m.Room))
	if m.Type == TypeLeft || m.V == 0 {
		return
	}
	w.int("v", m.V)
	w.key("peers")
	w.b = append(w.b, '[')
	for i := range m.Peers {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		p := &m.Peers[i]
		w.b = append(w.b, `{"peer":`...)
		w.str(string(p.Peer))
		w.int("n", p.N)
		w.raw("meta", p.Meta)
		w.bool("polite", p.Polite)
		w.b = append(w.b, '}')
	}
	w.b = append(w.b, ']')
	w.flag("more", m.More)
}

func (w *writer) presence(m *Message) {
	w.opt("room", string(m.Room))
	w.int("v", m.V)
	w.opt("event", m.Event)
	w.opt("peer", string(m.Peer))
	w.int("n", m.N)
	w.raw("meta", m.Meta)
	w.bool("polite", m.Polite)
}

func (w *writer) signal(m *Message) {
	if m.From != "" { // to a receiver
		w.int("seq", m.Seq)
		w.opt("from", string(m.From))
		w.int("n", m.N)
		w.bool("polite", m.Polite)
	}
	w.opt("to", string(m.To))
	if m.ToN != 0 {
		w.int("to_n", m.ToN)
	}
	w.opt("room", string(m.Room))
	w.flag("receipt", m.Receipt)
	w.opt("kind", m.Kind)
	w.raw("data", m.Data)
}

func (w *writer) ack(m *Message) {
	if m.ID == 0 { // from a client
		w.int("seq", m.Seq)
		return
	}
	w.opt("status", m.Status)
	if m.Receivers > 0 || m.Room != "" {
		w.int("receivers", int64(m.Receivers))
	}
	if m.Full > 0 {
		w.int("full", int64(m.Full))
	}
}

func (w *writer) servers(list []ICEServer) {
	b, err := json.Marshal(list)
	if err != nil || list == nil { // strings alone cannot fail
		b = []byte("[]")
	}
	w.b = append(w.b, b...)
}
