package redistest

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// serverName is in the certificate of a TLS server, beside 127.0.0.1.
const serverName = "redis.test"

// TLS is a server that speaks TLS alone, demands a client certificate, and knows one ACL user beside the harness's own; the
// default user is off. The rest is what a client needs; all files lie in the test's folder.
type TLS struct {
	*Server

	CA, Cert, Key string // PEM files: the authority's certificate, the client's own and its key
	ServerName    string // a name that the server's certificate has; it has 127.0.0.1 too
	Username      string
	Password      string
	PasswordFile  string // holds Password and a newline
}

// StartTLS starts a server with TLS. acl is what its user may do, in the words of ACL SETUSER, such as
// "~aldis:* &aldis:* +@all -@dangerous". config is as in Start: "--tls-auth-clients", "no" lets in clients without a certificate.
func StartTLS(t testing.TB, acl string, config ...string) *TLS {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	c := &TLS{
		CA: in("ca.pem"), Cert: in("client.pem"), Key: in("client-key.pem"), ServerName: serverName,
		Username: "gateway", Password: rand.Text(), PasswordFile: in("password"),
	}
	ca, err := newAuthority(c.CA)
	if err != nil {
		t.Fatalf("authority: %v", err)
	}
	if err := errors.Join(
		ca.issue(in("server.pem"), in("server-key.pem"), x509.ExtKeyUsageServerAuth, serverName),
		ca.issue(c.Cert, c.Key, x509.ExtKeyUsageClientAuth),
		c.writePassword(),
	); err != nil {
		t.Fatalf("files of a TLS server: %v", err)
	}
	own := login{user: "harness", password: rand.Text()}
	if own.tls, err = c.clientConfig(); err != nil {
		t.Fatalf("client of a TLS server: %v", err)
	}
	lines := fmt.Sprintf("tls-cert-file %q\ntls-key-file %q\ntls-ca-cert-file %q\ntls-auth-clients yes\ntls-replication yes\n",
		in("server.pem"), in("server-key.pem"), c.CA)
	lines += fmt.Sprintf("user default off\nuser %s on >%s ~* &* +@all\nuser %s on >%s %s\n",
		own.user, own.password, c.Username, c.Password, acl)
	c.Server = launch(t, setup{lines: lines, args: config, login: own})
	return c
}

// SetPassword gives the user another password, in the server and then in PasswordFile. Connections that are there stay.
func (c *TLS) SetPassword(t testing.TB, password string) {
	t.Helper()
	c.Do(t, "ACL", "SETUSER", c.Username, "resetpass", ">"+password)
	c.Password = password
	if err := c.writePassword(); err != nil {
		t.Fatalf("password file: %v", err)
	}
}

// writePassword replaces the file as a mounted Secret does, so that nobody reads half of it.
func (c *TLS) writePassword() error {
	draft := c.PasswordFile + ".new"
	return errors.Join(os.WriteFile(draft, []byte(c.Password+"\n"), 0o600), os.Rename(draft, c.PasswordFile))
}

func (c *TLS) clientConfig() (*tls.Config, error) {
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + c.CA)
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: c.ServerName, MinVersion: tls.VersionTLS12}, nil
}
