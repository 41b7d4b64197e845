package redis

import (
	"hash/crc32"
	"strconv"

	"github.com/aldis-rtc/aldis/pkg/broker"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// shards is how many hash tags addresses and rooms are spread over. It never changes: pods of all releases must agree.
const shards = 1024

// keys makes the names of keys (docs/redis.md). All keys of one command have one hash tag, so one slot of a Cluster.
type keys struct{ prefix string }

// shardOf returns the shard of a peer's address or of a room.
func shardOf(app wire.AppID, name string) int {
	h := crc32.Update(crc32.ChecksumIEEE([]byte(app)), crc32.IEEETable, []byte{'/'})
	return int(crc32.Update(h, crc32.IEEETable, []byte(name)) % shards)
}

func (k keys) peerTag(shard int) string { return k.prefix + "{p" + strconv.Itoa(shard) + "}:" }
func (k keys) roomTag(shard int) string { return k.prefix + "{r" + strconv.Itoa(shard) + "}:" }

// member is how an address is written inside keys and sets.
func member(a broker.Address) string { return string(a.App) + "/" + string(a.Peer) }

// ofPeer are the names of what an address has.
type ofPeer struct {
	shard        int
	tag, address string
}

func (k keys) peer(a broker.Address) ofPeer {
	shard := shardOf(a.App, string(a.Peer))
	return ofPeer{shard, k.peerTag(shard), member(a)}
}

// session is the hash of the session at the address.
func (p ofPeer) session() string { return p.tag + "s:" + p.address }

// inbox is the stream of signals of incarnation n; it exists exactly as long as the session.
func (p ofPeer) inbox(n int64) string {
	return p.tag + "q:" + p.address + ":" + strconv.FormatInt(n, 10)
}

// marks is the hash of what incarnation n has acked, by sender.
func (p ofPeer) marks(n int64) string {
	return p.tag + "f:" + p.address + ":" + strconv.FormatInt(n, 10)
}

// attached is the set of a shard's addresses whose sessions a pod holds.
func (p ofPeer) attached(run string) string { return p.tag + "at:" + run }

// due is the sorted set of a shard's detached addresses, by the end of their grace in ms.
func (p ofPeer) due() string { return p.tag + "due" }

// ended is the hash of a shard's sessions that have ended and have rooms to leave.
func (p ofPeer) ended() string { return p.tag + "end" }

// peerShard are the names of a shard as a whole.
func (k keys) peerShard(shard int) ofPeer { return ofPeer{shard: shard, tag: k.peerTag(shard)} }

// ofRoom are the names of what a room has.
type ofRoom struct {
	shard        int
	tag, address string
}

func (k keys) room(r broker.RoomAddress) ofRoom {
	shard := shardOf(r.App, string(r.Room))
	return ofRoom{shard, k.roomTag(shard), string(r.App) + "/" + string(r.Room)}
}

// members is the hash of members: peer to "n att run", and versionField.
func (r ofRoom) members() string { return r.tag + "m:" + r.address }

// metas is the hash of the members' meta.
func (r ofRoom) metas() string { return r.tag + "x:" + r.address }

// pods is the hash of how many members each pod has.
func (r ofRoom) pods() string { return r.tag + "p:" + r.address }

// versionField is the field of a room's members that holds its version; no peer has such a name.
const versionField = "#v"

// leases is the sorted set of pods by the end of their lease in ms.
func (k keys) leases() string { return k.prefix + "{pods}:leases" }

// keeper holds the name of the pod that sweeps.
func (k keys) keeper() string { return k.prefix + "{pods}:keeper" }

// restoring is the hash of pods that write anew what the store has lost; it expires after a lease.
func (k keys) restoring() string { return k.prefix + "{pods}:restoring" }

// channel is where a pod listens.
func (k keys) channel(run string) string { return k.prefix + "pod:{" + run + "}" }
