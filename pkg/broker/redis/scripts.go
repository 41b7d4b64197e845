package redis

import (
	"crypto/sha1"
	"embed"
	"encoding/hex"

	goredis "github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// script is one atomic step, known to Redis by its hash. Each file says what its keys, arguments and answers are.
type script struct{ source, hash string }

func load(name string) *script {
	b, err := sources.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // not one of the embedded files
	}
	sum := sha1.Sum(b) // what EVALSHA wants
	return &script{string(b), hex.EncodeToString(sum[:])}
}

var (
	lookScript    = load("look")
	loadScript    = load("load")
	openScript    = load("open")
	resumeScript  = load("resume")
	confirmScript = load("confirm")
	detachScript  = load("detach")
	orphanScript  = load("orphan")
	endScript     = load("end")
	ackScript     = load("ack")
	sendScript    = load("send")
	proveScript   = load("prove")
	restoreScript = load("restore")
	renewScript   = load("renew")
	keepScript    = load("keep")
	unleaseScript = load("unlease")
	joinScript    = load("join")
	leaveScript   = load("leave")
	enrollScript  = load("enroll")
	rosterScript  = load("roster")
)

// isMissing reports that the server does not know a script: it was restarted, or is another one. Nothing was done.
func isMissing(err error) bool { return goredis.HasErrorPrefix(err, "NOSCRIPT") }
