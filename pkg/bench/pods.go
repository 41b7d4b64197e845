package bench

import "errors"

// pod is one gateway, as clients reach it.
type pod struct {
	url  string
	dial dialFunc // nil: the SDK's own
}

// podsAt returns the gateways at urls, among which so many ports of this machine are divided.
func podsAt(urls []string, ports int) ([]pod, error) {
	var pods []pod
	var failed error
	for _, url := range urls {
		dial, err := dialFrom(url, (ports+len(urls)-1)/len(urls))
		failed = errors.Join(failed, err)
		pods = append(pods, pod{url, dial})
	}
	return pods, failed
}

// pod returns where the session number i is: in turn, so that a number and the next are on different gateways.
func (b *bench) pod(i int) pod { return b.pods[i%len(b.pods)] }

// apart reports whether two sessions are on different gateways.
func (b *bench) apart(i, j int) bool { return i%len(b.pods) != j%len(b.pods) }
