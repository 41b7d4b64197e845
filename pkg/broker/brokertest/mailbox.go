package brokertest

import (
	"fmt"
	"sync"
	"time"

	"github.com/aldis-rtc/aldis/pkg/broker"
)

// ear takes the answers that a socket would carry.
type ear struct {
	*mailbox
	gen int
}

// Answer implements broker.Answerer.
func (e ear) Answer(s *broker.Signal, o broker.Outcome) { e.put(e.gen, s.ID, o) }

// mailbox holds the answers that its actor has not looked at.
type mailbox struct {
	mu   sync.Mutex
	list []reply
	kick chan struct{} // holds one: list is not empty
}

type reply struct {
	gen     int
	id      int64
	outcome broker.Outcome
}

func (m *mailbox) put(gen int, id int64, o broker.Outcome) {
	m.mu.Lock()
	m.list = append(m.list, reply{gen, id, o})
	m.mu.Unlock()
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.list
	m.list = nil
	return list
}

// wait waits for an answer, or cuts the socket whose attachment gets none any more.
func (m *mailbox) wait(a *actor) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		a.pod.mu.Lock()
		lost, changed := a.lost(), a.pod.changed
		a.pod.mu.Unlock()
		if lost {
			a.cut()
			return
		}
		select {
		case <-m.kick:
			return
		case <-changed:
		case <-timeout.C:
			a.do("Send", fmt.Errorf("%d frames without an answer", len(a.open)))
		}
	}
}
