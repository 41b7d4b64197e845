// Package redis is the broker of many pods: sessions, inboxes and rooms in Redis, which all pods share. What Redis holds, under
// which names and in which formats, is in docs/redis.md; what is promised, and its limits, in docs/guarantees.md.
//
// An inbox is a stream and the truth; what pods tell each other over their channels, one for each pod, only wakes. A signal is
// one XADD into an inbox that exists exactly as long as its session, which is the fence, and a question where the session is,
// in one pipeline; then it is answered, and then the pod of the receiver hears of it, in a batch of what has piled up. Its cost
// does not grow with the number of pods. Whatever is not that plain (sent again, to a room, to somebody not yet known, to an
// inbox that fills) takes a script. An entry counts where it is above all earlier ones of its sender, so what comes late or twice
// falls out, and every pod numbers alike.
//
// A pod holds a session by three numbers in it: the incarnation n, the attachment att, and the run, which names this process.
// Every step that changes a session compares all three. A pod may speak for its sessions while its lease lasts, by its own
// clock from before it asked; after that, and after every doubt about the link, it proves each of them before it says another
// word (recover.go). Where the store turns out to be another server process, which may have less than was written, it writes them
// anew and tells their clients of the gap.
//
// The way of a signal: sender.go, route.go, slow.go and fanout.go out; post.go and message.go to the pod; listen.go, inbox.go and box.go
// in; ack.go away. The way of a session: attach.go, resume.go, detach.go, grace.go; keep.go for what dead pods leave. Of a room:
// rooms.go, members.go, watch.go. Of the link: link.go, beat.go, listen.go, recover.go, restore.go. Commands go through
// lane.go.
//
// Bounded: an inbox by count and bytes (inbox_full); what a pod keeps of one in memory (boxBytes; the rest is read again); what waits
// for a lane (maxQueued; unavailable) and for a pod (maxWaiting; it is told to look for itself); the ways a sender knows (maxRoutes);
// each exchange with Redis by batchTimeout.
package redis
