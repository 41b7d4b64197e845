package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Bounds of one exchange with Redis. A batch that takes longer counts as not answered: whether it was done is not known.
const (
	dialTimeout  = time.Second
	batchTimeout = time.Second
)

// libraryLog takes what the library writes, at the level of what is for developers.
type libraryLog struct{}

func (libraryLog) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, "redis: "+fmt.Sprintf(format, v...))
}

// logLibrary is set once: the library has one log for all clients of a process.
var logLibrary = sync.OnceFunc(func() { goredis.SetLogger(libraryLog{}) })

// askAgain is the pause before a store is asked again that did not answer at the start.
const askAgain = 250 * time.Millisecond

// connect is connect as long as nothing answers, and ctx lasts: pods and their store are started together.
func (b *Broker) connect(ctx context.Context) (goredis.UniversalClient, error) {
	var last error
	for {
		client, err := connect(ctx, b.opts, b.admit)
		if err == nil {
			return client, nil
		}
		if final := new(unfit); errors.As(err, final) {
			return nil, err
		} else if !unanswered(err) {
			return nil, explain(b.opts, err)
		}
		if last == nil {
			b.log.Warn("redis: no answer yet", "reason", err.Error())
		}
		if last == nil || ctx.Err() == nil {
			last = explain(b.opts, err)
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return nil, last
		}
	}
}

// unfit is a fault that another attempt would not mend.
type unfit struct{ error }

// connect finds out what the store is, and whether it will do.
func connect(ctx context.Context, o Options, admit func(context.Context, *goredis.Conn) error) (goredis.UniversalClient, error) {
	logLibrary()
	opts, err := universal(o)
	if err != nil {
		return nil, unfit{err}
	}
	opts.OnConnect = admit
	mode := o.Mode
	if mode == ModeAuto && o.SentinelMaster != "" {
		mode = ModeSentinel
	}
	if mode == ModeAuto {
		info, err := firstInfo(ctx, o, opts)
		if err != nil {
			return nil, err
		}
		if mode = ModeStandalone; info["cluster_enabled"] == "1" {
			mode = ModeCluster
		}
	}
	var client goredis.UniversalClient
	switch mode {
	case ModeSentinel:
		client = goredis.NewFailoverClient(opts.Failover())
	case ModeCluster:
		client = goredis.NewClusterClient(opts.Cluster())
	default:
		if len(opts.Addrs) > 1 {
			return nil, unfit{errors.New("redis-addresses: several addresses need a Sentinel (redis-sentinel-master) or a Cluster")}
		}
		client = goredis.NewClient(opts.Simple())
	}
	if err := examine(ctx, o, client, mode); err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

// universal turns Options into the library's. It never repeats a command by itself: what was sent may have been done.
func universal(o Options) (*goredis.UniversalOptions, error) {
	u := &goredis.UniversalOptions{
		DB: o.DB, MasterName: o.SentinelMaster, Protocol: 2, MaxRetries: -1, ContextTimeoutEnabled: true,
		DialTimeout: dialTimeout, DialerRetries: 1, ReadTimeout: batchTimeout, WriteTimeout: batchTimeout, PoolTimeout: batchTimeout,
		PoolSize: lanesOfCluster + 16, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	secure := o.TLS
	for _, raw := range o.Addresses {
		addr, s, err := splitAddress(raw)
		if err != nil {
			return nil, err
		}
		u.Addrs, secure = append(u.Addrs, addr), secure || s
	}
	if o.PasswordFile != "" {
		if _, err := readSecret(o.PasswordFile); err != nil {
			return nil, fmt.Errorf("redis-password-file: %w", err)
		}
		u.CredentialsProviderContext = func(context.Context) (string, string, error) {
			p, err := readSecret(o.PasswordFile)
			return o.Username, p, err
		}
	}
	if o.SentinelPasswordFile != "" {
		p, err := readSecret(o.SentinelPasswordFile)
		if err != nil {
			return nil, fmt.Errorf("redis-sentinel-password-file: %w", err)
		}
		u.SentinelUsername, u.SentinelPassword = o.SentinelUsername, p
	}
	if secure {
		conf, err := tlsConfig(o)
		if err != nil {
			return nil, err
		}
		u.TLSConfig = conf
	}
	return u, nil
}

func readSecret(file string) (string, error) {
	b, err := os.ReadFile(file)
	return strings.TrimRight(string(b), "\r\n"), err
}

func tlsConfig(o Options) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.TLSServerName}
	if o.TLSCA != "" {
		pem, err := os.ReadFile(o.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("redis-tls-ca: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("redis-tls-ca: %s has no PEM certificate", o.TLSCA)
		}
	}
	if o.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey); err != nil {
			return nil, fmt.Errorf("redis-tls-cert, redis-tls-key: %w", err)
		}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
			return &pair, err
		}
	}
	return c, nil
}

// firstInfo asks the first address that answers.
func firstInfo(ctx context.Context, o Options, u *goredis.UniversalOptions) (map[string]string, error) {
	var failed error
	for _, addr := range u.Addrs {
		simple := u.Simple()
		simple.Addr = addr
		c := goredis.NewClient(simple)
		info, err := info(ctx, c)
		_ = c.Close()
		if err == nil {
			return info, nil
		}
		failed = errors.Join(failed, fmt.Errorf("%s: %w", addr, err))
	}
	return nil, fmt.Errorf("redis-addresses: none answers: %w", failed)
}

// info returns what a server says of itself.
func info(ctx context.Context, c goredis.Cmdable) (map[string]string, error) {
	text, err := c.Info(ctx).Result()
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			all[name] = value
		}
	}
	return all, nil
}

// field returns one field of what a server says of itself.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
