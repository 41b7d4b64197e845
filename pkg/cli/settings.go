package cli

import (
	"github.com/aldis-rtc/aldis/pkg/app"
	"github.com/aldis-rtc/aldis/pkg/broker/redis"
)

// The groups of settings, in the order of the table.
const (
	groupAddresses = "Addresses"
	groupDoor      = "Accepting"
	groupSession   = "Sessions"
	groupLimits    = "Limits"
	groupRedis     = "Redis"
	groupICE       = "ICE"
	groupLeaving   = "Leaving"
	groupLogs      = "Logs"
)

// settings is the table of all settings. Flags, variables, the settings file, aldis config and docs/configuration.md
// are made from it; a setting that is not here does not exist.
var settings = []setting{
	{"listen", groupAddresses, "Public address, for clients; port 0 takes a free one.",
		func(c *configuration) value { return text{&c.app.Listen} }},
	{"ops-listen", groupAddresses, "Address of probes and metrics, for operators only; port 0 takes a free one.",
		func(c *configuration) value { return text{&c.app.OpsListen} }},
	{"broker", groupAddresses, "What keeps sessions and rooms. `memory`: this gateway alone, which knows no other. `redis`: a Redis, for any number of gateways.",
		func(c *configuration) value {
			return choice{&c.app.Broker, []string{app.BrokerMemory, app.BrokerRedis}}
		}},
	{"demo", groupAddresses, "Serve the demo page at `/`, and the JavaScript SDK below `/sdk/`. `auto`: only where `listen` is a loopback address.",
		func(c *configuration) value { return auto{&c.app.Demo} }},

	{"connections-limit", groupDoor, "Connections kept at once; one more is told 503. `auto`: as many as the descriptors allow, less 96.",
		func(c *configuration) value { return autoCount{&c.app.Accept.Connections} }},
	{"connections-per-address", groupDoor, "Connections of one client address (IPv6: of one /64), loopback exempt; one more is told 429, or reset.",
		countAt(func(c *configuration) *int { return &c.app.Accept.AddressConnections })},
	{"handshakes-limit", groupDoor, "Connections on their way to a session; one more is told 503.",
		countAt(func(c *configuration) *int { return &c.app.Accept.Handshakes })},
	{"handshakes-per-second", groupDoor, "Requests for a session, two seconds' worth at once; above that they are told 503.",
		func(c *configuration) value { return rate{&c.app.Accept.HandshakesPerSecond} }},
	{"handshake-timeout", groupDoor, "How long a connection has from accept to its session, TLS and headers included.",
		func(c *configuration) value { return duration{&c.app.Accept.HandshakeTimeout} }},
	{"proxy-protocol-from", groupDoor, "Networks whose PROXY protocol header, version 1 or 2, is believed: `10.0.0.0/8`.",
		func(c *configuration) value { return networks{&c.app.Accept.ProxyFrom} }},
	{"forwarded-from", groupDoor, "Proxies whose `Forwarded` or `X-Forwarded-For` is believed: `10.0.0.0/8`.",
		func(c *configuration) value { return networks{&c.app.Accept.ForwardedFrom} }},
	{"tls-cert", groupDoor, "PEM file of the certificate, with its chain; read again when it changes.",
		func(c *configuration) value { return text{&c.app.Accept.TLSCert} }},
	{"tls-key", groupDoor, "PEM file of its key.",
		func(c *configuration) value { return text{&c.app.Accept.TLSKey} }},

	{"grace", groupSession, "How long a session waits for its client to come back after a connection broke.",
		func(c *configuration) value { return duration{&c.app.Session.Grace} }},
	{"heartbeat", groupSession, "Time between pings; a connection silent for two of them and 5 s is dropped.",
		func(c *configuration) value { return duration{&c.app.Session.Heartbeat} }},
	{"hello-timeout", groupSession, "How long a new connection may take to say who it is.",
		func(c *configuration) value { return duration{&c.app.Session.HelloTimeout} }},
	{"write-timeout", groupSession, "How long one frame may take to be written before the connection is dropped.",
		func(c *configuration) value { return duration{&c.app.Session.WriteTimeout} }},

	{"max-frame", groupLimits, "Longest frame from a client; a longer one closes the connection.",
		bytesAt(func(c *configuration) *int { return &c.app.Session.MaxFrame })},
	{"max-hello", groupLimits, "Longest hello; a longer one closes the connection.",
		bytesAt(func(c *configuration) *int { return &c.app.Session.MaxHello })},
	{"max-meta", groupLimits, "Longest `meta` of a peer or of a member of a room.",
		bytesAt(func(c *configuration) *int { return &c.app.Session.MaxMeta })},
	{"max-rooms", groupLimits, "Rooms that one session may be in.",
		countAt(func(c *configuration) *int { return &c.app.Session.MaxRooms })},
	{"signals-per-second", groupLimits, "Signals, joins, leaves and rosters of one session, on average over ten seconds.",
		func(c *configuration) value { return rate{&c.app.Session.SignalsPerSecond} }},
	{"queue-frames", groupLimits, "Frames that may wait for a slow connection beside its inbox; full: it is closed and may resume.",
		countAt(func(c *configuration) *int { return &c.app.Session.QueueFrames })},
	{"queue-bytes", groupLimits, "Bytes that may wait likewise.",
		bytesAt(func(c *configuration) *int { return &c.app.Session.QueueBytes })},
	{"inbox-signals", groupLimits, "Signals that may wait for one session's acknowledgement; full: senders are told.",
		countAt(func(c *configuration) *int { return &c.app.Limits.InboxSignals })},
	{"inbox-bytes", groupLimits, "Bytes that may wait likewise.",
		bytesAt(func(c *configuration) *int { return &c.app.Limits.InboxBytes })},
	{"room-peers", groupLimits, "Sessions in one room; full: joins are refused.",
		countAt(func(c *configuration) *int { return &c.app.Limits.RoomPeers })},
	{"sessions", groupLimits, "Sessions in all, connected or waited for; full: new ones are turned away.",
		countAt(func(c *configuration) *int { return &c.app.Limits.Sessions })},

	{"redis-addresses", groupRedis, "Where Redis 7.0 or newer is, `host:port`, `redis://` or `rediss://` (TLS): the server, some nodes of a Cluster, or the Sentinels.",
		func(c *configuration) value { return list{&c.app.Redis.Addresses} }},
	{"redis-mode", groupRedis, "What is there. `auto`: Sentinel where `redis-sentinel-master` is set, else what the server says it is.",
		func(c *configuration) value { return choice{&c.app.Redis.Mode, redis.Modes} }},
	{"redis-sentinel-master", groupRedis, "Name by which Sentinel knows the master.",
		func(c *configuration) value { return text{&c.app.Redis.SentinelMaster} }},
	{"redis-db", groupRedis, "Number of the database; a Cluster has 0 alone.",
		func(c *configuration) value { return natural{&c.app.Redis.DB} }},
	{"redis-username", groupRedis, "ACL user; without one, Redis's default user.",
		func(c *configuration) value { return text{&c.app.Redis.Username} }},
	{"redis-password-file", groupRedis, "File with its password; read again for each new connection.",
		func(c *configuration) value { return text{&c.app.Redis.PasswordFile} }},
	{"redis-sentinel-username", groupRedis, "ACL user of the Sentinels.",
		func(c *configuration) value { return text{&c.app.Redis.SentinelUsername} }},
	{"redis-sentinel-password-file", groupRedis, "File with its password.",
		func(c *configuration) value { return text{&c.app.Redis.SentinelPasswordFile} }},
	{"redis-tls", groupRedis, "Speak TLS to Redis; `rediss://` means it too.",
		func(c *configuration) value { return toggle{&c.app.Redis.TLS} }},
	{"redis-tls-ca", groupRedis, "PEM file of the authorities that may vouch for Redis; without it, the system's.",
		func(c *configuration) value { return text{&c.app.Redis.TLSCA} }},
	{"redis-tls-cert", groupRedis, "PEM file of the certificate that is shown to Redis.",
		func(c *configuration) value { return text{&c.app.Redis.TLSCert} }},
	{"redis-tls-key", groupRedis, "PEM file of its key.",
		func(c *configuration) value { return text{&c.app.Redis.TLSKey} }},
	{"redis-tls-server-name", groupRedis, "Name expected in the certificate of Redis in place of its host name.",
		func(c *configuration) value { return text{&c.app.Redis.TLSServerName} }},
	{"redis-prefix", groupRedis, "Begins the name of every key and channel; the same for all gateways that belong together.",
		func(c *configuration) value { return text{&c.app.Redis.Prefix} }},
	{"redis-wait", groupRedis, "Replicas that must have a signal before it is acknowledged, so that a failover keeps it; 0 is fastest.",
		func(c *configuration) value { return natural{&c.app.Redis.Wait} }},
	{"redis-lease", groupRedis, "How long a gateway that Redis does not hear from keeps its sessions; the same for all.",
		func(c *configuration) value { return duration{&c.app.Redis.Lease} }},
	{"ready-without-broker", groupRedis, "Stay ready, and say degraded, while Redis is away: clients keep their connections. `false`: `/readyz` fails.",
		func(c *configuration) value { return decided{&c.app.ReadyWithoutBroker} }},

	{"ice-servers", groupICE, "STUN and TURN URLs that every client is given: `stun:host:port`, `turns:host:port?transport=tcp`.",
		func(c *configuration) value { return list{&c.app.ICE.Servers} }},
	{"ice-ttl", groupICE, "How long clients may use that list; before it ends they are given it anew.",
		func(c *configuration) value { return duration{&c.app.ICE.TTL} }},

	{"drain-window", groupLeaving, "Time over which sessions are told to leave, evenly, when the gateway stops.",
		func(c *configuration) value { return duration{&c.app.DrainWindow} }},
	{"stop-timeout", groupLeaving, "Bound of the whole stop, `drain-window` included. Give Kubernetes some seconds more (`terminationGracePeriodSeconds`).",
		func(c *configuration) value { return duration{&c.app.StopTimeout} }},

	{"log-format", groupLogs, "Form of the log on stderr. `auto`: text on a terminal, else JSON.",
		func(c *configuration) value { return choice{&c.logFormat, []string{"auto", "text", "json"}} }},
	{"log-level", groupLogs, "Least level that is logged.",
		func(c *configuration) value { return choice{&c.logLevel, []string{"debug", "info", "warn", "error"}} }},
}

func bytesAt(p func(*configuration) *int) func(*configuration) value {
	return func(c *configuration) value { return size{p(c)} }
}

func countAt(p func(*configuration) *int) func(*configuration) value {
	return func(c *configuration) value { return count{p(c)} }
}
