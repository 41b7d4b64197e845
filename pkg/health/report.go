package health

import (
	"fmt"
	"strings"
)

// maxReason bounds the reason of one failed check in a verbose answer, in bytes.
const maxReason = 500

// Result is what one check said.
type Result struct {
	Name string
	Err  error // nil: ok
	// Optional: an Err degrades the probe and does not fail it.
	Optional bool
}

// Report is the answer to a probe, its results in the order of registration.
type Report struct {
	Probe   Probe
	Results []Result
}

// OK reports whether no check failed but optional ones.
func (r Report) OK() bool { return len(r.Failed()) == 0 }

// Failed returns the names of the checks that failed and are not optional.
func (r Report) Failed() []string { return r.wrong(false) }

// Degraded returns the names of the optional checks that failed.
func (r Report) Degraded() []string { return r.wrong(true) }

func (r Report) wrong(optional bool) []string {
	var names []string
	for _, result := range r.Results {
		if result.Err != nil && result.Optional == optional {
			names = append(names, result.Name)
		}
	}
	return names
}

// String is the short answer: ok, or the names of the checks that failed, and below it a line for each that is degraded.
func (r Report) String() string {
	text := r.verdict()
	for _, name := range r.Degraded() {
		text += name + ": degraded: ?verbose says why\n"
	}
	return text
}

func (r Report) verdict() string {
	if failed := r.Failed(); len(failed) > 0 {
		return fmt.Sprintf("not %s: %s\n", r.Probe, strings.Join(failed, ", "))
	}
	return "ok\n"
}

// Verbose is the long answer: a line for each check, with the reason where it is not ok, and the verdict below.
// The form of the lines is that of the Kubernetes API server's /readyz?verbose.
func (r Report) Verbose() string {
	var b strings.Builder
	for _, result := range r.Results {
		switch {
		case result.Err == nil:
			fmt.Fprintf(&b, "[+]%s ok\n", result.Name)
		case result.Optional:
			fmt.Fprintf(&b, "[!]%s: degraded: %s\n", result.Name, reason(result.Err))
		default:
			fmt.Fprintf(&b, "[-]%s failed: %s\n", result.Name, reason(result.Err))
		}
	}
	return b.String() + r.verdict()
}

// reason is the text of err on one line and at most maxReason long.
func reason(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}
