package accept

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keyPair makes a certificate with a serial number, and its key, as PEM.
func keyPair(t testing.TB, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "aldis.test"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), DNSNames: []string{"aldis.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// encrypted is a config with a certificate, number 1, in dir.
func encrypted(t testing.TB, dir string) Config {
	t.Helper()
	cfg := Config{TLSCert: filepath.Join(dir, "tls.crt"), TLSKey: filepath.Join(dir, "tls.key")}
	cert, key := keyPair(t, 1)
	write(t, cfg.TLSCert, cert)
	write(t, cfg.TLSKey, key)
	return cfg
}

// serial shakes hands and returns the number of the certificate that is served.
func (w *world) serial(t *testing.T) int64 {
	t.Helper()
	c := tls.Client(w.connect("192.0.2.1:1000"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test's own
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.NetConn().Close() }()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// TestNewCertificate replaces files by renaming, and in one go as Kubernetes does: what is new is served soon, what is
// no good never is.
func TestNewCertificate(t *testing.T) {
	t.Run("renamed", func(t *testing.T) {
		cfg := encrypted(t, t.TempDir())
		replace := func(cert, key []byte) {
			write(t, cfg.TLSCert+".new", cert)
			write(t, cfg.TLSKey+".new", key)
			for _, path := range []string{cfg.TLSCert, cfg.TLSKey} {
				if err := os.Rename(path+".new", path); err != nil {
					t.Fatal(err)
				}
			}
		}
		inMemory(t, cfg, func(t *testing.T, r *rig, w *world) {
			if got := w.serial(t); got != 1 {
				t.Fatalf("serves %d", got)
			}
			replace(keyPair(t, 2))
			time.Sleep(certsEvery)
			synctest.Wait()
			if got := w.serial(t); got != 2 {
				t.Errorf("serves %d", got)
			}
			cert, _ := keyPair(t, 3)
			_, key := keyPair(t, 4)
			for _, bad := range [][2][]byte{{cert, key}, {[]byte("nonsense"), key}, {nil, nil}} {
				before := len(r.logs.lines("no good"))
				replace(bad[0], bad[1])
				time.Sleep(10 * certsEvery)
				synctest.Wait()
				if got := w.serial(t); got != 2 {
					t.Errorf("serves %d", got)
				}
				if n := len(r.logs.lines("no good")) - before; n != 1 && bad[0] != nil || n > 1 {
					t.Errorf("logged %d times", n)
				}
			}
			if err := os.Remove(cfg.TLSKey); err != nil {
				t.Fatal(err)
			}
			time.Sleep(certsEvery)
			synctest.Wait()
			if got := w.serial(t); got != 2 {
				t.Errorf("serves %d", got)
			}
			write(t, cfg.TLSKey+".new", nil)
			replace(keyPair(t, 5))
			time.Sleep(certsEvery)
			synctest.Wait()
			time.Sleep(10 * certsEvery)
			if got := w.serial(t); got != 5 {
				t.Errorf("serves %d", got)
			}
			if n := len(r.logs.lines("new certificate")); n != 2 { // 2 and 5
				t.Errorf("%d new certificates are logged", n)
			}
		})
	})
	t.Run("as Kubernetes does", func(t *testing.T) {
		dir := t.TempDir() // tls.crt -> ..data/tls.crt, ..data -> ..1, which is what is swapped
		mount := func(serial int64, name string) {
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			cert, key := keyPair(t, serial)
			write(t, filepath.Join(dir, name, "tls.crt"), cert)
			write(t, filepath.Join(dir, name, "tls.key"), key)
			if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
				t.Fatal(err)
			}
		}
		mount(1, "..1")
		for _, name := range []string{"tls.crt", "tls.key"} {
			if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		cfg := Config{TLSCert: filepath.Join(dir, "tls.crt"), TLSKey: filepath.Join(dir, "tls.key")}
		inMemory(t, cfg, func(t *testing.T, r *rig, w *world) {
			if got := w.serial(t); got != 1 {
				t.Fatalf("serves %d", got)
			}
			mount(2, "..2")
			time.Sleep(certsEvery)
			synctest.Wait()
			if got := w.serial(t); got != 2 || len(r.logs.lines("no good")) != 0 {
				t.Errorf("serves %d; %q", got, r.logs.lines("no good"))
			}
		})
	})
}

// TestTLS: 1.2 and 1.3 are spoken, nothing older; sessions are resumed; one that fails is one that fails.
func TestTLS(t *testing.T) {
	cfg := encrypted(t, t.TempDir())
	cfg.HandshakeTimeout = time.Second
	r := open(t, cfg, nil) // pipes have no buffer, in which the server's tickets could wait
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(1)
		for i := range 2 {
			c := tls.Client(r.knock(), &tls.Config{InsecureSkipVerify: true, MaxVersion: version, //nolint:gosec // likewise
				ServerName: "aldis.test", ClientSessionCache: cache, NextProtos: []string{"h2", "http/1.1"}})
			a, err := ask(c, "/")
			if err != nil || a.body != "127.0.0.1" {
				t.Fatalf("%+v, %v", a, err)
			}
			state := c.ConnectionState()
			if state.Version != version || state.DidResume != (i == 1) || state.NegotiatedProtocol != "http/1.1" {
				t.Errorf("connection %d: version %x, resumed %v, %q", i, state.Version, state.DidResume, state.NegotiatedProtocol)
			}
			_ = c.NetConn().Close()
		}
	}
	for name, use := range map[string]func(net.Conn) error{
		"TLS 1.1": func(c net.Conn) error {
			return tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).Handshake() //nolint:gosec // likewise
		},
		"plain HTTP": func(c net.Conn) error {
			go func() { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: aldis.test\r\n\r\n") }()
			if a, _ := readAnswer(newReader(c)); a.status != http.StatusBadRequest {
				t.Errorf("told %+v", a)
			}
			return io.EOF
		},
		"silence":  func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"too late": func(c net.Conn) error { _, _ = io.WriteString(c, "\x16\x03\x01"); ends(c); return io.EOF },
	} {
		began := time.Now()
		if err := use(r.knock()); err == nil || time.Since(began) > 3*cfg.HandshakeTimeout {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
	}
	r.empty()
}

func TestBadCertificate(t *testing.T) {
	cfg := encrypted(t, t.TempDir()).WithDefaults()
	write(t, cfg.TLSKey, []byte("nonsense"))
	if _, err := NewDoor("127.0.0.1:0", cfg, NewHandler(Deps{}), discarded, nil); err == nil || !strings.Contains(err.Error(), "tls-key") {
		t.Error(err)
	}
	cfg.TLSCert += ".missing"
	if _, err := NewDoor("127.0.0.1:0", cfg, NewHandler(Deps{}), discarded, nil); err == nil || !strings.Contains(err.Error(), "tls-cert") {
		t.Error(err)
	}
}
