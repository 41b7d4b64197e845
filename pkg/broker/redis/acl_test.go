package redis

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/broker/brokertest"
	"github.com/aldis-rtc/aldis/pkg/broker/redis/redistest"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// leastCommands are those that the ACL user of a gateway has to have, as docs/redis.md says: what is asked and what its scripts call. WAIT
// comes with redis-wait, and what a Cluster's client asks with a Cluster.
const leastCommands = "info ping eval evalsha ssubscribe spublish " +
	"get set time del pexpire memory|usage " +
	"hget hmget hgetall hkeys hlen hset hdel hincrby " +
	"sadd srem smembers zadd zrem zscore zrangebyscore " +
	"xadd xdel xlen xrange xrevrange xtrim"

// TestLeastPrivileges is the suite over TLS, by a user who may do nothing more, and who needs all of it.
func TestLeastPrivileges(t *testing.T) {
	allowed := strings.Fields(strings.ReplaceAll(leastCommands, "|", " "))
	for name, source := range scriptSources(t) {
		for _, call := range regexp.MustCompile(`redis\.p?call\('(\w+)'`).FindAllStringSubmatch(source, -1) {
			if !slices.Contains(allowed, strings.ToLower(call[1])) {
				t.Fatalf("%s calls %s, which is not among the least commands: add it here and in docs/redis.md", name, call[1])
			}
		}
	}
	rules := "~t* &t* -@all" // of the prefixes that opened makes; with the default prefix ~aldis:* &aldis:*
	for c := range strings.FieldsSeq(leastCommands) {
		rules += " +" + c
	}
	s := redistest.StartTLS(t, rules)
	o := Options{
		Addresses: []string{"rediss://" + s.Addr()}, TLSCA: s.CA, TLSCert: s.Cert, TLSKey: s.Key,
		Username: s.Username, PasswordFile: s.PasswordFile,
	}
	brokertest.Run(t, opened(o, s.Keys))
	used := make(map[string]bool)
	seen := func() {
		if denied, _ := s.Do(t, "ACL", "LOG").([]any); len(denied) > 0 {
			t.Errorf("denied: %v", denied)
		}
		for field := range s.Info(t, "commandstats") {
			used[strings.TrimPrefix(field, "cmdstat_")] = true
		}
	}
	seen()
	o.Prefix = "t:"
	refusedAgain(t, o)
	seen()
	rewritten(t, s, o)
	seen()
	for c := range strings.FieldsSeq(leastCommands) {
		if !used[c] {
			t.Errorf("nobody has asked for %s: it need not be allowed", c)
		}
	}
}

// rewritten has a session written into a server that was emptied, which the suite does not.
func rewritten(t *testing.T, s *redistest.TLS, o Options) {
	p := startPod(t, o, broker.Limits{})
	a := p.attach(t, "a", patience)
	a.join()
	a.told("a", "1")
	s.Kill()
	s.Restart(t, true)
	p.until(t, patience, "Gap", func() bool { return p.gaps[a.Address] > 0 })
	a.reads(patience, "1")
	a.sees(patience, "a")
}

// refusedAgain has a full inbox refuse two signals, each of which is sent again.
func refusedAgain(t *testing.T, o Options) {
	const limit = 32
	p := startPod(t, o, broker.Limits{InboxSignals: limit})
	a := p.attach(t, "full", patience)
	for range limit {
		a.told("full", "x")
	}
	for range 2 {
		if o := a.tell("full", "x"); o.Code != wire.CodeInboxFull {
			t.Fatalf("%+v", o)
		}
		if o := a.again("full", "x", patience); o.Code != wire.CodeInboxFull {
			t.Fatalf("again: %+v", o)
		}
	}
}

// scriptSources are the scripts by the names of their files.
func scriptSources(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	files, err := sources.ReadDir("lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := sources.ReadFile("lua/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(raw)
	}
	return all
}
