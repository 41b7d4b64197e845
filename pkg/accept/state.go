package accept

// State is where the door stands.
type State string

const (
	// StateOpen: connections are taken.
	StateOpen State = "open"
	// StateShedding: connections are taken and told no, because the gateway is full or short of descriptors. It is
	// ready: being full is not being stalled.
	StateShedding State = "shedding"
	// StateStalled: connections are not taken although they come. It is not ready.
	StateStalled State = "stalled"
	// StateReopening: the listening socket died and is being opened anew. It is not ready.
	StateReopening State = "reopening"
	// StateClosed: before the start and after the stop. It is not ready.
	StateClosed State = "closed"
)

// States are all there are.
var States = []State{StateOpen, StateShedding, StateStalled, StateReopening, StateClosed}
