// Package client is the Go SDK of Aldis: a peer's session with the service, over any number of sockets.
//
// Connect opens a session, Client.Join, Client.Leave and Client.Signal use it, and what comes in is handed to
// Options.Handle. A session outlives its socket: the client comes back by itself, resumes, sends again what was
// unanswered, and sees each signal once (protocol sections 4 and 6).
package client
