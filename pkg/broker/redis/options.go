package redis

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Modes of Options.Mode.
const (
	ModeAuto       = "auto"
	ModeStandalone = "standalone"
	ModeSentinel   = "sentinel"
	ModeCluster    = "cluster"
)

// Modes are all of them.
var Modes = []string{ModeAuto, ModeStandalone, ModeSentinel, ModeCluster}

// Options say where the store is and how it is used. The zero value of a field means its default.
type Options struct {
	// Addresses are host:port, redis:// or rediss:// (TLS) URLs: of the server, of some of a Cluster's nodes, or of the
	// Sentinels. 127.0.0.1:6379.
	Addresses []string
	// Mode is one of Modes. Auto: Sentinel where SentinelMaster is set, else what the server says it is.
	Mode string
	// SentinelMaster is the name under which Sentinel knows the master.
	SentinelMaster string
	// DB is the number of the database; a Cluster has 0 alone.
	DB int

	// Username and PasswordFile are those of an ACL user; without a name it is the default user. The file is read at each
	// new connection, so that a password can change under a running gateway.
	Username     string
	PasswordFile string
	// SentinelUsername and SentinelPasswordFile are the Sentinels' own.
	SentinelUsername     string
	SentinelPasswordFile string

	// TLS is also switched on by rediss://. TLSCA is a PEM file of authorities, empty for the system's. TLSCert and TLSKey
	// are what the gateway shows. TLSServerName is expected in the server's certificate in place of its host name.
	TLS           bool
	TLSCA         string
	TLSCert       string
	TLSKey        string
	TLSServerName string

	// Prefix starts the name of every key and channel: "aldis:".
	Prefix string
	// Wait is how many replicas must have a signal before it is acknowledged: 0.
	Wait int
	// Lease is how long a pod that is not heard of keeps its sessions: 6 s.
	Lease time.Duration
}

// WithDefaults returns o with its zero fields set to the defaults.
func (o Options) WithDefaults() Options {
	if len(o.Addresses) == 0 {
		o.Addresses = []string{"127.0.0.1:6379"}
	}
	if o.Mode == "" {
		o.Mode = ModeAuto
	}
	if o.Prefix == "" {
		o.Prefix = "aldis:"
	}
	if o.Lease == 0 {
		o.Lease = 6 * time.Second
	}
	return o
}

// Validate names the first field that cannot be, by its setting's name, and says what could.
func (o Options) Validate() error {
	for _, a := range o.Addresses {
		if _, _, err := splitAddress(a); err != nil {
			return fmt.Errorf("redis-addresses: %w", err)
		}
	}
	switch {
	case !slices.Contains(Modes, o.Mode):
		return fmt.Errorf("redis-mode: %q is not known; it is one of %s", o.Mode, strings.Join(Modes, ", "))
	case o.Mode == ModeSentinel && o.SentinelMaster == "":
		return errors.New("redis-sentinel-master: say by which name Sentinel knows the master")
	case o.SentinelMaster != "" && o.Mode != ModeSentinel && o.Mode != ModeAuto:
		return fmt.Errorf("redis-sentinel-master: it goes with redis-mode sentinel, not %s", o.Mode)
	case o.DB < 0 || o.DB > 1<<14:
		return fmt.Errorf("redis-db: %d is not from 0 to %d", o.DB, 1<<14)
	case o.DB != 0 && o.Mode == ModeCluster:
		return errors.New("redis-db: a Cluster has database 0 alone")
	case o.Username != "" && o.PasswordFile == "":
		return errors.New("redis-password-file: redis-username needs one")
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return errors.New("redis-tls-cert, redis-tls-key: one needs the other")
	case len(o.Prefix) > 64 || strings.ContainsAny(o.Prefix, "{} \t\r\n*?[]\\"):
		return fmt.Errorf("redis-prefix: %q is longer than 64 bytes or has a brace, a wildcard or a blank", o.Prefix)
	case o.Wait < 0 || o.Wait > 16:
		return fmt.Errorf("redis-wait: %d is not from 0 to 16", o.Wait)
	case o.Lease < 2*time.Second || o.Lease > time.Minute:
		return fmt.Errorf("redis-lease: %v is not from 2s to 1m", o.Lease)
	}
	return nil
}

// splitAddress returns host:port and whether the scheme asks for TLS.
func splitAddress(raw string) (addr string, secure bool, err error) {
	if !strings.Contains(raw, "://") {
		if _, _, err := net.SplitHostPort(raw); err != nil {
			return "", false, fmt.Errorf("%q is no address like redis.example.org:6379", raw)
		}
		return raw, false, nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", false, errors.New("an address is no URL like redis://redis.example.org:6379") // it may hold a password
	case u.User != nil:
		return "", false, errors.New("a URL with a user in it: use redis-username and redis-password-file")
	case u.Scheme != "redis" && u.Scheme != "rediss":
		return "", false, fmt.Errorf("scheme %q is neither redis nor rediss", u.Scheme)
	case u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return "", false, fmt.Errorf("%q has no host, or has more than host and port; the database is redis-db", raw)
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	return net.JoinHostPort(u.Hostname(), port), u.Scheme == "rediss", nil
}
