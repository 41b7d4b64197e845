package cli

import (
	"strings"
	"testing"
)

func TestRedisSettings(t *testing.T) {
	environ := []string{"ALDIS_BROKER=redis", "ALDIS_REDIS_ADDRESSES=a:6379,rediss://b", "ALDIS_REDIS_WAIT=1"}
	code, stdout, stderr := run(t, environ, "config", "--redis-tls", "--ready-without-broker=false", "--redis-mode=cluster")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for name, want := range map[string]string{
		"broker":               "redis env ALDIS_BROKER",
		"redis-addresses":      "a:6379,rediss://b env ALDIS_REDIS_ADDRESSES",
		"redis-wait":           "1 env ALDIS_REDIS_WAIT",
		"redis-tls":            "true flag --redis-tls",
		"ready-without-broker": "false flag --ready-without-broker",
		"redis-mode":           "cluster flag --redis-mode",
		"redis-prefix":         "aldis: default",
		"redis-lease":          "6s default",
		"redis-db":             "0 default",
	} {
		if got := row(t, stdout, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	_, stdout, _ = run(t, nil, "config", "--config", write(t, "redis-tls: true\nbroker: redis\n"))
	if got := row(t, stdout, "redis-tls"); !strings.HasPrefix(got, "true file ") {
		t.Errorf("redis-tls: %s", got)
	}
}

func TestRedisSettingsThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, []string{"--broker=paper"}, `--broker: "paper" is none of memory, redis`},
		{nil, []string{"--broker=redis", "--redis-addresses=nowhere"}, `--redis-addresses: "nowhere" is no address like redis.example.org:6379`},
		{nil, []string{"--broker=redis", "--redis-addresses=redis://me:hunter2@x:6379"},
			"--redis-addresses: a URL with a user in it: use redis-username and redis-password-file"},
		{[]string{"ALDIS_BROKER=redis", "ALDIS_REDIS_LEASE=1s"}, nil, "ALDIS_REDIS_LEASE: 1s is not from 2s to 1m"},
		{nil, []string{"--redis-wait=-1"}, "--redis-wait: -1 is not from 0 to 16"},
		{nil, []string{"--redis-mode=sentinel"}, "redis-sentinel-master: say by which name Sentinel knows the master"},
		{nil, []string{"--redis-mode=ring"}, `--redis-mode: "ring" is none of auto, standalone, sentinel, cluster`},
		{nil, []string{"--redis-tls=maybe"}, `--redis-tls: "maybe" is neither true nor false`},
		{nil, []string{"--redis-username=me"}, "redis-password-file: redis-username needs one"},
	} {
		code, stdout, stderr := run(t, tt.environ, append([]string{"config"}, tt.args...)...)
		if code != exitConfig || stdout != "" || stderr != "aldis: "+tt.want+"\n" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

// TestRedisSettingsWithoutRedis holds that nobody takes a gateway that is alone for one of several.
func TestRedisSettingsWithoutRedis(t *testing.T) {
	code, _, stderr := run(t, []string{"ALDIS_REDIS_TLS=true"}, "config", "--redis-addresses=redis.example.org:6379")
	const want = "aldis: warning: without effect, because broker is memory: redis-addresses, redis-tls; set broker to redis, or remove them\n"
	if code != exitOK || stderr != want {
		t.Errorf("exit %d, %q, want %q", code, stderr, want)
	}
	if _, _, stderr = run(t, nil, "config", "--broker=redis", "--redis-addresses=redis.example.org:6379"); stderr != "" {
		t.Errorf("with Redis: %q", stderr)
	}
}
