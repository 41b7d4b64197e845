package redis

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// explain names the setting by which an error of the start is to be mended, where the error does not.
func explain(o Options, err error) error {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	setting := ""
	switch {
	case strings.Contains(err.Error(), "redis-") && !strings.Contains(err.Error(), "none answers"):
		return err
	case goredis.HasErrorPrefix(err, "WRONGPASS"), goredis.HasErrorPrefix(err, "NOAUTH"):
		setting = "redis-username, redis-password-file"
	case goredis.HasErrorPrefix(err, "NOPERM"):
		setting = "redis-username: its ACL lacks something, see docs/redis.md"
	case strings.Contains(err.Error(), "DB index"):
		setting = "redis-db"
	case errors.As(err, &authority):
		setting = "redis-tls-ca"
	case errors.As(err, &host):
		setting = "redis-tls-server-name"
	case strings.Contains(err.Error(), "none answers"):
		return err
	default:
		setting = "redis-addresses: " + strings.Join(o.Addresses, ", ")
	}
	return fmt.Errorf("%s: %w", setting, err)
}
