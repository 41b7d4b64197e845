/** Numbers from a seed (mulberry32), so that an order of events that failed can be had again. */
export function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A few turns of the event loop. */
export async function turns(count) {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

let serial = 0;

/**
 * A class of RTCPeerConnections that do the signaling of W3C WebRTC (sections 4.3, 4.4 and 4.7) without a network: the operations chain,
 * implicit descriptions and rollback, the negotiation-needed flag, candidates that belong to a generation of ICE. Its SDP is
 * JSON. Every operation takes a few turns of the event loop, drawn from `random`.
 */
export function fakePeerConnection(random) {
  return class FakePeerConnection {
    onnegotiationneeded = null;
    onicecandidate = null;
    onconnectionstatechange = null;
    signalingState = 'stable';
    connectionState = 'new';
    currentLocal = null;
    pendingLocal = null;
    currentRemote = null;
    pendingRemote = null;
    channels = 0;
    rollbacks = 0;
    candidates = new Set();
    #chain = Promise.resolve();
    #length = 0;
    #needed = false;
    /** The generations that a restart is to replace ([[LocalIceCredentialsToReplace]]). */
    #replace = new Set();
    #ufrag = `u${++serial}`;
    #gathered = new Map();

    constructor(config) {
      this.config = config;
    }

    get localDescription() { return this.pendingLocal ?? this.currentLocal; }
    get remoteDescription() { return this.pendingRemote ?? this.currentRemote; }
    get iceConnectionState() { return this.connectionState === 'connecting' ? 'checking' : this.connectionState; }

    createDataChannel(label, init) {
      this.channels++;
      this.#check();
      return Object.assign(new EventTarget(), { label, ...init, readyState: 'connecting' });
    }

    setConfiguration(config) { this.config = config; }

    restartIce() {
      for (const description of [this.currentLocal, this.pendingLocal]) {
        if (description) this.#replace.add(this.#read(description).ufrag);
      }
      this.#check();
    }

    setLocalDescription() {
      return this.#enqueue(async () => {
        const answering = this.signalingState === 'have-remote-offer';
        if (!answering && this.#replace.has(this.#ufrag)) this.#ufrag = `u${++serial}`;
        const remote = this.#read(this.remoteDescription);
        if (answering && remote.ufrag !== this.#read(this.currentRemote)?.ufrag && this.currentLocal) this.#ufrag = `u${++serial}`;
        const sdp = { id: ++serial, ufrag: this.#ufrag, channels: Math.min(this.channels, 1), answers: answering ? remote.id : 0 };
        const description = { type: answering ? 'answer' : 'offer', sdp: JSON.stringify(sdp) };
        await turns(random() * 3);
        if (this.signalingState === 'closed') return new Promise(() => {});
        if (answering) {
          [this.currentLocal, this.currentRemote, this.pendingLocal, this.pendingRemote] = [description, this.pendingRemote, null, null];
          this.signalingState = 'stable';
          this.#settled();
        } else {
          this.pendingLocal = description;
          this.signalingState = 'have-local-offer';
        }
        this.#gather(sdp.ufrag);
      });
    }

    setRemoteDescription({ type, sdp }) {
      return this.#enqueue(async () => {
        const parsed = JSON.parse(sdp);
        await turns(random() * 3);
        if (this.signalingState === 'closed') return new Promise(() => {});
        if (type === 'offer') {
          if (this.signalingState === 'have-local-offer') {
            this.pendingLocal = null;
            this.rollbacks++;
            // The transports of the offer are gone with it.
            this.#ufrag = this.#read(this.currentLocal)?.ufrag ?? `u${++serial}`;
          }
          this.pendingRemote = { type, sdp };
          this.signalingState = 'have-remote-offer';
          return undefined;
        }
        if (this.signalingState !== 'have-local-offer') throw new DOMException('no offer is out', 'InvalidStateError');
        if (parsed.answers !== this.#read(this.pendingLocal).id) throw new DOMException('answers another offer', 'InvalidAccessError');
        [this.currentLocal, this.currentRemote, this.pendingLocal, this.pendingRemote] = [this.pendingLocal, { type, sdp }, null, null];
        this.signalingState = 'stable';
        this.#settled();
        return undefined;
      });
    }

    addIceCandidate({ candidate, usernameFragment } = {}) {
      return this.#enqueue(async () => {
        if (!this.remoteDescription) throw new DOMException('no remote description', 'InvalidStateError');
        await turns(random() * 2);
        if (candidate === '') return;
        const generations = [this.pendingRemote, this.currentRemote].map((description) => this.#read(description)?.ufrag);
        if (!generations.includes(usernameFragment)) throw new DOMException(`unknown generation ${usernameFragment}`, 'OperationError');
        this.candidates.add(usernameFragment);
        this.#settled();
      });
    }

    close() {
      this.signalingState = 'closed';
      this.connectionState = 'closed';
    }

    /** What ICE finds out: sets the connection's state. */
    become(state) {
      if (this.connectionState === state || this.signalingState === 'closed') return;
      this.connectionState = state;
      this.onconnectionstatechange?.({});
    }

    #read(description) {
      return description && JSON.parse(description.sdp);
    }

    #enqueue(operation) {
      this.#length++;
      const done = this.#chain.then(() => (this.signalingState === 'closed' ? new Promise(() => {}) : operation()));
      this.#chain = done.catch(() => {}).then(() => {
        this.#length--;
        this.#check();
      });
      return done;
    }

    /** Section 4.7.3: the event is fired in a task, if the state is stable and the chain empty by then. */
    #check() {
      const negotiated = this.#read(this.currentLocal)?.channels ?? 0;
      const needed = Math.min(this.channels, 1) > negotiated || this.#replace.size > 0;
      if (!needed) this.#needed = false;
      if (!needed || this.#needed || this.signalingState !== 'stable') return;
      setImmediate(() => {
        if (this.#length > 0 || this.signalingState !== 'stable' || this.#needed) return;
        const still = Math.min(this.channels, 1) > (this.#read(this.currentLocal)?.channels ?? 0) || this.#replace.size > 0;
        if (!still) return;
        this.#needed = true;
        this.onnegotiationneeded?.({});
      });
    }

    /** Back in stable: the flag is cleared and checked anew; a pair of generations with candidates connects. */
    #settled() {
      if (this.signalingState === 'stable') {
        this.#needed = false;
        if (!this.#replace.has(this.#read(this.currentLocal)?.ufrag)) this.#replace.clear();
      }
      const remote = this.#read(this.currentRemote)?.ufrag;
      if (this.currentLocal && this.candidates.has(remote)) this.become('connected');
      this.#check();
    }

    async #gather(ufrag) {
      if (this.#gathered.has(ufrag)) return;
      this.#gathered.set(ufrag, true);
      for (const port of [1, 2]) {
        await turns(1 + random() * 3);
        if (![this.currentLocal, this.pendingLocal].some((description) => this.#read(description)?.ufrag === ufrag)) return;
        this.onicecandidate?.({ candidate: { candidate: `candidate:${port}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: ufrag } });
      }
      await turns(1);
      this.onicecandidate?.({ candidate: null });
    }
  };
}
