package accept

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how many entries of a forwarding header are looked at.
const maxHops = 32

// client returns the address that a request comes from: the socket's, or, where that is a trusted proxy's, the last one
// in Forwarded (RFC 7239) or X-Forwarded-For that no trusted proxy has. What cannot be read ends the walk at the
// hop that wrote it, so that nobody can claim to be somebody else. Most proxies write one of the two headers and pass the other
// on as the client sent it: where both are there and name different clients, neither is believed.
func (d *Door) client(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := ap.Addr().Unmap()
	if !within(d.cfg.ForwardedFrom, at) {
		return at
	}
	standard, usual := forwarded(r.Header.Values("Forwarded")), forwardedFor(r.Header.Values("X-Forwarded-For"))
	switch {
	case usual == nil:
		return d.walk(at, standard)
	case standard == nil:
		return d.walk(at, usual)
	}
	if client := d.walk(at, usual); client == d.walk(at, standard) {
		return client
	}
	return at
}

// walk follows the hops back from at, the last one first.
func (d *Door) walk(at netip.Addr, hops []string) netip.Addr {
	for i := len(hops) - 1; i >= max(0, len(hops)-maxHops) && within(d.cfg.ForwardedFrom, at); i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			break
		}
		at = hop
	}
	return at
}

// forwarded lists the hops that Forwarded headers name, the client's first. Commas and semicolons in a quoted string
// divide nothing: host="a,for=192.0.2.1" is the client's own text. A line whose quotes do not match is one unreadable hop.
func forwarded(lines []string) (hops []string) {
	for _, line := range lines {
		elements, ok := split(line, ',')
		if !ok {
			hops = append(hops, "")
			continue
		}
		for _, element := range elements {
			pairs, _ := split(element, ';') // its quotes match: the line's do
			hop := ""
			for _, pair := range pairs {
				if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && strings.EqualFold(name, "for") {
					hop = strings.Trim(value, `"`)
				}
			}
			hops = append(hops, hop)
		}
	}
	return hops
}

func forwardedFor(lines []string) (hops []string) {
	for _, line := range lines {
		hops = append(hops, strings.Split(line, ",")...)
	}
	return hops
}

// split divides s at each sep outside quoted strings (RFC 9110 section 5.6.4), and reports whether the last string ends.
func split(s string, sep byte) (parts []string, ok bool) {
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == sep:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:]), !quoted
}

// parseHop reads an address with or without a port, IPv6 in brackets or bare.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if ap, portErr := netip.ParseAddrPort(s); portErr == nil {
		a, err = ap.Addr(), nil
	}
	return a.Unmap().WithZone(""), err == nil
}
