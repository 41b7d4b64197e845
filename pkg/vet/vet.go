// Package vet decides whether an attempt may come in: Attempt → Grant or *Refusal. It is asked three times in the life
// of a connection: at its HTTP request, at its hello, and at each renewal of its token.
//
// The order of the checks is that of section 2 of docs/protocol.md: origin and address, app, token.
package vet

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Attempt is what is known of a connection when its HTTP request has been read.
type Attempt struct {
	App wire.AppID
	// Origin is the Origin header, empty where there was none: not a browser.
	Origin string
	// Remote is the client's address.
	Remote netip.Addr
	// Token is the bearer token of the request, empty where there was none.
	Token string
}

// Grant is what an admitted connection may do.
type Grant struct {
	App wire.AppID
	// Subject is the token's sub, empty without one.
	Subject wire.PeerID
	// Replace lets a hello take over an address that another session holds.
	Replace bool
}

// Refusal says why not: as an answer to the HTTP request, or as a close where the WebSocket is open already.
type Refusal struct {
	wire.Problem
	Close wire.CloseCode
}

// Unwrap gives the problem that answers an HTTP request.
func (r *Refusal) Unwrap() error { return &r.Problem }

// Gate knows the apps.
type Gate struct{}

// New returns a Gate with one open app, wire.DefaultApp: any origin, no tokens.
func New() *Gate { return &Gate{} }

// Arrive vets where a request comes from: origin and address. Whether the gateway has room for it is asked next, then
// Admit.
func (g *Gate) Arrive(a Attempt) *Refusal {
	if a.Origin != "" && a.Origin != "null" {
		if u, err := url.Parse(a.Origin); err != nil || u.Scheme == "" || u.Host == "" {
			return refuse(http.StatusForbidden, wire.CodeForbidden, wire.CloseForbidden,
				"the Origin header is not an origin like https://example.org")
		}
	}
	return nil
}

// Admit vets what a request asks for: the app, and the token where one came.
func (g *Gate) Admit(a Attempt) (Grant, *Refusal) {
	if a.App != wire.DefaultApp {
		return Grant{}, refuse(http.StatusNotFound, wire.CodeUnknownApp, wire.CloseUnknownApp,
			"there is no app "+string(a.App)+" here")
	}
	return Grant{App: a.App}, nil
}

// Hello vets a hello and returns the peer that the connection will be: the one asked for, the session's that it resumes,
// the token's subject, or a new name.
func (g *Gate) Hello(grant *Grant, h *wire.Message, resumes wire.PeerID) (wire.PeerID, *Refusal) {
	peer := h.Peer
	for _, p := range []wire.PeerID{grant.Subject, resumes} {
		if peer == "" {
			peer = p
		}
	}
	if peer == "" {
		return "peer-" + wire.PeerID(rand.Text()), nil
	}
	if err := peer.CheckHeld(); err != nil {
		return "", refuse(http.StatusBadRequest, wire.CodeMalformed, wire.CloseBadHello, "peer: "+err.Error())
	}
	return peer, nil
}

// Renew vets a fresh token for a connection. An app without keys has nothing to compare it with.
func (g *Gate) Renew(grant *Grant, token string) *Refusal { return nil }

func refuse(status int, code wire.Code, cc wire.CloseCode, detail string) *Refusal {
	return &Refusal{Problem: wire.Problem{Status: status, Code: code, Detail: detail}, Close: cc}
}
