package cli

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// networks is a list of IP networks; an address alone is the network that has no other.
type networks struct{ p *[]netip.Prefix }

func (v networks) set(texts []string) error {
	var words []string
	if err := (list{&words}).set(texts); err != nil {
		return err
	}
	out := make([]netip.Prefix, 0, len(words))
	for _, w := range words {
		p, err := netip.ParsePrefix(w)
		if a, addrErr := netip.ParseAddr(w); addrErr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is no network like 10.0.0.0/8", clip(w))
		}
		out = append(out, p.Masked())
	}
	*v.p = out
	return nil
}

func (v networks) words() []string {
	out := []string{} // never null in JSON
	for _, p := range *v.p {
		out = append(out, p.String())
	}
	return out
}

func (v networks) String() string { return strings.Join(v.words(), ",") }
func (v networks) json() any      { return v.words() }
func (v networks) kind() string   { return "networks" }

// autoCount is a whole number above zero, or auto: the program finds one.
type autoCount struct{ p *int }

func (v autoCount) set(texts []string) error {
	if texts[0] == "auto" {
		*v.p = 0
		return nil
	}
	return count(v).set(texts)
}

func (v autoCount) String() string {
	if *v.p == 0 {
		return "auto"
	}
	return strconv.Itoa(*v.p)
}

func (v autoCount) json() any {
	if *v.p == 0 {
		return "auto"
	}
	return *v.p
}
func (v autoCount) kind() string { return "auto|number" }
