package bench

import "fmt"

// spareDescriptors are what a process needs beside its sockets, a gateway on this machine included.
const spareDescriptors = 128

// checkDescriptors says when so many sockets are more than this process may open. The Go runtime has raised its own soft
// limit to the hard one already.
func checkDescriptors(sockets int) error {
	limit, known := descriptorLimit()
	return enoughDescriptors(sockets, limit, known)
}

func enoughDescriptors(sockets int, limit uint64, known bool) error {
	need := uint64(sockets) + spareDescriptors
	if !known || need <= limit {
		return nil
	}
	return fmt.Errorf("%d sockets need %d file descriptors, but RLIMIT_NOFILE is %d: raise it with \"ulimit -n %d\" "+
		"(LimitNOFILE= of a systemd unit, --ulimit nofile= of a container), or ask for at most %d",
		sockets, need, limit, need, max(int64(limit)-spareDescriptors, 0))
}
