package broker

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

// SecretHash is the SHA-256 of a session's secret: the only form in which it is kept. The zero value matches nothing.
type SecretHash [sha256.Size]byte

// NewSecret returns a secret of 128 random bits and its hash.
func NewSecret() (string, SecretHash) {
	s := random128()
	return s, HashSecret(s)
}

// HashSecret returns the hash of a secret.
func HashSecret(secret string) SecretHash { return sha256.Sum256([]byte(secret)) }

// Matches reports whether other is the same hash, in constant time.
func (h SecretHash) Matches(other SecretHash) bool {
	return h != SecretHash{} && subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// NewSessionID returns a session id: 128 random bits, a dot, and the peer, so that a client that never chose its name
// can resume with the id alone.
func NewSessionID(peer wire.PeerID) string { return random128() + "." + string(peer) }

// SessionPeer returns the peer in a session id, "" where there is none.
func SessionPeer(session string) wire.PeerID {
	_, peer, _ := strings.Cut(session, ".")
	return wire.PeerID(peer)
}

func random128() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}
