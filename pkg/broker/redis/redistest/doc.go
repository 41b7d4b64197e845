// Package redistest starts real redis-server processes for tests: one alone (Start), one with TLS and an ACL user
// (StartTLS), a master with replicas under three Sentinels (StartSentinel), a Cluster (StartCluster). They can be killed,
// started again, frozen and thawed, fail over and move slots, so that a test meets what a store does in production.
//
// All of them listen on 127.0.0.1, on ports that no other test binary of this machine is using, and keep their files in a
// folder of the test. They end with the test: by its Cleanup, also when it panics or when they are frozen; and on Linux
// with the test binary, however that ends.
//
// Redis 7.0 or newer has to be installed: hack/deps does that. Without it a test fails and says so.
package redistest
