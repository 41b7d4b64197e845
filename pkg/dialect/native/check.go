package native

import "github.com/aldis-rtc/aldis/pkg/wire"

type problem struct {
	code wire.Code
	text string
}

func bad(text string) *problem { return &problem{wire.CodeBadFrame, text} }

// check holds a message to what its type must have (protocol section 3).
func check(m *wire.Message) *problem {
	switch m.Type {
	case wire.TypeHello, wire.TypeBye, wire.TypePing, wire.TypeAck:
		return nil
	case wire.TypeRenew:
		if m.Token == "" {
			return bad("renew has no token")
		}
		return nil
	case wire.TypeJoin, wire.TypeLeave, wire.TypeRoster:
		if err := m.Room.Check(); err != nil {
			return bad("room: " + err.Error())
		}
		return nil
	case wire.TypeSignal:
		return checkSignal(m)
	case "":
		return bad("the frame has no type")
	}
	return &problem{wire.CodeUnknownType, "the type " + printable(string(m.Type)) + " is not known"}
}

func checkSignal(m *wire.Message) *problem {
	if m.Kind == "" {
		m.Kind = wire.KindMessage
	} else if err := wire.CheckKind(m.Kind); err != nil {
		return bad("kind: " + err.Error())
	}
	if m.To == "" && m.Room == "" {
		return bad("a signal has a to, a room, or both")
	}
	if m.To != "" {
		if err := m.To.Check(); err != nil {
			return bad("to: " + err.Error())
		}
	}
	if m.Room != "" {
		if err := m.Room.Check(); err != nil {
			return bad("room: " + err.Error())
		}
	}
	return nil
}

// printable shortens what is echoed to a client.
func printable(s string) string {
	if len(s) > 32 {
		return s[:32] + "…"
	}
	return s
}
