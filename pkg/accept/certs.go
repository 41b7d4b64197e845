package accept

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// certsEvery is how often the certificate's files are compared with what is served. Kubernetes swaps a mounted secret
// by a symlink, which this sees whatever the file system tells.
const certsEvery = 2 * time.Second

// certs serves a certificate from files and takes new ones up.
type certs struct {
	certFile, keyFile string
	log               *slog.Logger
	now               atomic.Pointer[tls.Certificate]
	cert, key         []byte // what now was made of
}

// loadCerts reads the files; the error names them.
func loadCerts(certFile, keyFile string, log *slog.Logger) (*certs, error) {
	c := &certs{certFile: certFile, keyFile: keyFile, log: log}
	_, err := c.reload()
	return c, err
}

// reload reads the files and reports whether there is another certificate in them. What does not fit together is an error
// and changes nothing.
func (c *certs) reload() (bool, error) {
	cert, err := os.ReadFile(c.certFile)
	if err != nil {
		return false, fmt.Errorf("tls-cert: %w", err)
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return false, fmt.Errorf("tls-key: %w", err)
	}
	if bytes.Equal(cert, c.cert) && bytes.Equal(key, c.key) {
		return false, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, fmt.Errorf("tls-cert, tls-key: %w", err)
	}
	c.cert, c.key = cert, key
	c.now.Store(&pair)
	return true, nil
}

// watch takes new certificates up until ctx ends.
func (c *certs) watch(ctx context.Context) {
	t := time.NewTicker(certsEvery)
	defer t.Stop()
	bad := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		changed, err := c.reload()
		switch {
		case err != nil && err.Error() != bad:
			bad = err.Error()
			c.log.Error("accept: the certificate's files are no good, the old one stays", "err", err)
		case err == nil:
			bad = ""
		}
		if changed {
			c.log.Info("accept: new certificate", "not_after", c.now.Load().Leaf.NotAfter)
		}
	}
}

// config is for the public listener: TLS 1.2 and 1.3 with Go's choice of suites, HTTP/1.1 alone because WebSockets need
// it, session tickets for resumption.
func (c *certs) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.now.Load(), nil
		},
	}
}
