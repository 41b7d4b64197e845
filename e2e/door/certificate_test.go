package door

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCertificate swaps the certificate as Kubernetes swaps a mounted secret: the files are links into a folder that is itself
// a link, and that one is replaced.
func TestCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	issue(t, filepath.Join(dir, "one"), 1)
	issue(t, filepath.Join(dir, "two"), 2)
	link(t, "one", filepath.Join(dir, "..data"))
	for _, name := range []string{"tls.crt", "tls.key"} {
		link(t, filepath.Join("..data", name), filepath.Join(dir, name))
	}
	g := start(t, 0, "--tls-cert="+filepath.Join(dir, "tls.crt"), "--tls-key="+filepath.Join(dir, "tls.key"))
	s := open(t, g, "wss://"+g.Addr+"/v1/connect", 5)
	if n := shown(t, g.Addr); n != 1 {
		t.Fatalf("it shows certificate %d", n)
	}
	link(t, "two", filepath.Join(dir, "..new"))
	if err := os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	swapped := time.Now()
	for shown(t, g.Addr) != 2 {
		if time.Since(swapped) > patience {
			t.Fatal("the new certificate is not shown")
		}
	}
	t.Logf("the new certificate after %v", time.Since(swapped).Round(time.Millisecond))
	if err := s.pairs.Advance(t.Context(), 5); err != nil {
		t.Error(err)
	}
	a := s.close(t)
	if a.Sockets != a.Sessions {
		t.Errorf("%d sockets for %d sessions: some were cut", a.Sockets, a.Sessions)
	}
}

// shown is the serial number of the certificate that a new client sees.
func shown(t *testing.T, address string) int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	d := tls.Dialer{NetDialer: new(net.Dialer), Config: &tls.Config{InsecureSkipVerify: true}}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

// issue writes a certificate and its key into a new folder.
func issue(t *testing.T, dir string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "aldis"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: cert}, "tls.key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
