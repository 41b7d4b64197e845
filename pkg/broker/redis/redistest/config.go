package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Files and folders of a server, in its folder of the test.
const (
	configFile = "redis.conf"
	nodesFile  = "nodes.conf" // a Cluster node's identity: kept when the data are lost
	logFile    = "server.log"
	dataDir    = "data"
)

// defaults are those of a server that quickly notices and does things, forgets all when it ends, and may be asked to DEBUG.
// What a test gives comes after them and wins.
const defaults = `save ""
appendonly no
maxmemory-policy noeviction
hz 100
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
shutdown-timeout 0
enable-debug-command local
`

// setup is what one server differs in from others.
type setup struct {
	lines string   // of the configuration file, after defaults
	args  []string // after the file's name
	plain bool     // without defaults: a Sentinel
	login login

	started func(*Server) error // called after each start, with the server ready
}

// write makes the configuration file and the folder of the data. The server itself rewrites the file when a Sentinel makes it
// a replica or a master; a Sentinel keeps there what it knows.
func (c *setup) write(dir string, port int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "bind 127.0.0.1\nprotected-mode no\ndir %q\n", filepath.Join(dir, dataDir))
	if c.login.tls != nil {
		fmt.Fprintf(&b, "port 0\ntls-port %d\n", port)
	} else {
		fmt.Fprintf(&b, "port %d\n", port)
	}
	if !c.plain {
		b.WriteString(defaults)
		fmt.Fprintf(&b, "cluster-config-file %q\n", filepath.Join(dir, nodesFile))
	}
	b.WriteString(c.lines)
	if err := os.MkdirAll(filepath.Join(dir, dataDir), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, configFile), []byte(b.String()), 0o600)
}
