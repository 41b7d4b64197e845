package accept

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how many entries of a forwarding header are looked at.
const maxHops = 32

// client returns the address that a request comes from: the socket's, or, where that is a trusted proxy's, the last one
// in Forwarded (RFC 7239), else X-Forwarded-For, that no trusted proxy has. What cannot be read ends the walk at the
// hop that wrote it, so that nobody can claim to be somebody else.
func (d *Door) client(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := ap.Addr().Unmap()
	hops := forwarded(r.Header)
	for i := len(hops) - 1; i >= max(0, len(hops)-maxHops) && within(d.cfg.ForwardedFrom, at); i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			break
		}
		at = hop
	}
	return at
}

// forwarded lists the hops that the headers name, the client's first.
func forwarded(h http.Header) (hops []string) {
	for _, line := range h.Values("Forwarded") {
		for element := range strings.SplitSeq(line, ",") {
			hop := ""
			for pair := range strings.SplitSeq(element, ";") {
				if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && strings.EqualFold(name, "for") {
					hop = strings.Trim(value, `"`)
				}
			}
			hops = append(hops, hop)
		}
	}
	if hops != nil {
		return hops
	}
	for _, line := range h.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(line, ",")...)
	}
	return hops
}

// parseHop reads an address with or without a port, IPv6 in brackets or bare.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}
