// SPDX-License-Identifier: Apache-2.0

import { Emitter } from './emitter.js';
import { Gathering } from './gathering.js';
import { Trickle } from './trickle.js';
import { Watch } from './watch.js';

/** Candidates kept until the description they belong to comes, and signals that wait for their turn. */
const MAX_CANDIDATES = 128;
const MAX_SIGNALS = 256;

const KINDS = new Set(['offer', 'answer', 'candidate', 'end-of-candidates', 'bye']);

/** @typedef {import('./options.js').SignalEvent} SignalEvent */

/**
 * @typedef {object} PeerLinkOptions
 * @property {string} peer
 * @property {number} [n] The incarnation; absent: that of its first signal.
 * @property {string} [room] Signals go within that room.
 * @property {boolean} [polite] Absent: by the protocol's rule, the greater id is polite.
 * @property {RTCConfiguration} [config] Its iceServers are the client's unless given.
 * @property {typeof RTCPeerConnection} [RTCPeerConnection] Absent: the global one.
 * @property {(link: PeerLink) => void} [setup] Runs before any negotiation.
 */

/**
 * @typedef {object} PeerLinkEvents
 * @property {{track: MediaStreamTrack, streams: readonly MediaStream[], transceiver: RTCRtpTransceiver, receiver: RTCRtpReceiver}} track
 * @property {{channel: RTCDataChannel}} datachannel
 * @property {{state: RTCPeerConnectionState}} state
 * @property {{peer: string, n: number}} replaced
 * @property {{reason: string}} closed
 * @property {{error: unknown}} error
 */

/**
 * PeerLink is an RTCPeerConnection to one incarnation of a peer, negotiated perfectly (W3C WebRTC, section 10.7; RFC
 * 9429) with trickled candidates (RFC 8838).
 * @extends {Emitter<PeerLinkEvents>}
 */
export class PeerLink extends Emitter {
  /** The data channel of a RoomMesh. @type {RTCDataChannel | undefined} */ channel;
  /** What the peer shows of itself, kept by a RoomMesh. @type {any} */ meta;
  #client;
  #trickle;
  #watch;
  #closed = false;
  #makingOffer = false;
  /** Settles when the last offer was made; never rejects. @type {Promise<void> | undefined} */ #offering;
  #ignoreOffer = false;
  #working = false;
  #seq = 0;
  #gathering = new Gathering();
  /** @type {SignalEvent[]} */ #signals = [];
  /** @type {RTCIceCandidateInit[]} */ #candidates = [];

  /**
   * @param {import('./client.js').AldisClient} client
   * @param {PeerLinkOptions} options
   */
  constructor(client, { peer, n, room, polite, config = {}, RTCPeerConnection = globalThis.RTCPeerConnection, setup }) {
    super();
    this.#client = client;
    this.peer = peer;
    this.n = n;
    this.room = room;
    // Names are ASCII, so that the order of strings is that of their bytes.
    this.polite = polite ?? (client.peer ?? '') > peer;
    this.pc = new RTCPeerConnection({ ...config, iceServers: config.iceServers ?? client.iceServers });
    this.#trickle = new Trickle((kind, data) => this.#send(kind, data), (code) => this.#end(code));
    this.#listen();
    this.#watch = new Watch(client, this, config);
    setup?.(this);
  }

  /** The state of the connection; `closed` after close. */
  get state() {
    return this.#closed ? 'closed' : this.pc.connectionState;
  }

  /** Restarts ICE, once there is something to restart. */
  restart() {
    if (!this.#closed && (this.pc.localDescription || this.pc.remoteDescription)) this.pc.restartIce();
  }

  /** Sends the offer once more that may have been lost. @internal */
  offerAgain() {
    if (!this.#closed && this.pc.signalingState === 'have-local-offer' && this.pc.localDescription) {
      this.#trickle.describe(this.pc.localDescription);
    }
  }

  /**
   * Takes a signal; those that are not this link's are ignored. Links hear the client themselves: only a signal from
   * before the link was made is handed over.
   * @param {SignalEvent} signal
   */
  receive(signal) {
    const { from, n, room, kind, seq } = signal;
    if (this.#closed || from !== this.peer || (room ?? '') !== (this.room ?? '') || !KINDS.has(kind) || seq <= this.#seq) return;
    this.n ??= n;
    if (n > this.n) return this.supersede(n);
    if (n < this.n) return;
    this.#seq = seq;
    if (this.#signals.length >= MAX_SIGNALS) return this.#end('overflow');
    this.#signals.push(signal);
    if (!this.#working) void this.#work();
  }

  /**
   * The peer came back as incarnation n, which is a different peer.
   * @internal
   * @param {number} n
   */
  supersede(n) {
    if (this.#closed) return;
    this.emit('replaced', { peer: this.peer, n });
    this.#end('replaced');
  }

  /**
   * Closes the link, and tells the other side unless `bye` is false.
   * @param {{bye?: boolean, reason?: string}} [options]
   */
  close({ bye = true, reason = 'local' } = {}) {
    if (this.#closed) return;
    if (bye) this.#send('bye', {}).catch(() => {});
    this.#end(reason);
  }

  #listen() {
    const { pc } = this;
    pc.onnegotiationneeded = () => { this.#offering = this.#offer(); };
    pc.onicecandidate = ({ candidate }) => {
      this.#gathering.begin();
      this.#trickle.candidate(candidate);
    };
    pc.ontrack = ({ track, streams, transceiver, receiver }) => this.emit('track', { track, streams, transceiver, receiver });
    pc.ondatachannel = ({ channel }) => this.emit('datachannel', { channel });
    pc.onconnectionstatechange = () => {
      if (this.#closed) return;
      this.emit('state', { state: pc.connectionState });
      if (pc.connectionState === 'failed') this.restart();
    };
  }

  async #offer() {
    this.#makingOffer = true;
    try {
      await this.#describe();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  /** Makes and sends what the state asks for, an offer or an answer. */
  async #describe() {
    await this.pc.setLocalDescription();
    if (!this.#closed && this.pc.localDescription) this.#trickle.describe(this.pc.localDescription);
  }

  /** Handles signals one at a time, in order. */
  async #work() {
    this.#working = true;
    for (let signal = this.#signals.shift(); signal && !this.#closed; signal = this.#signals.shift()) {
      try {
        if (signal.kind === 'bye') this.#end('bye');
        else if (signal.kind === 'offer' || signal.kind === 'answer') await this.#description({ type: signal.kind, sdp: signal.data?.sdp });
        else await this.#candidate(signal.kind === 'candidate' ? signal.data : { candidate: '' });
      } catch (error) {
        this.#refused(error);
      }
    }
    this.#working = false;
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #description(description) {
    const { pc } = this;
    const offer = description.type === 'offer';
    await this.#offering;
    if (offer && this.polite && pc.signalingState === 'have-local-offer') await this.#gathering.begun();
    if (this.#closed) return;
    // No answer is being set meanwhile: signals are handled one at a time.
    const ready = !this.#makingOffer && pc.signalingState === 'stable';
    this.#ignoreOffer = offer && !ready && !this.polite;
    if (this.#ignoreOffer) return;
    // An answer to an offer that was rolled back or answered already.
    if (!offer && pc.signalingState !== 'have-local-offer') return;
    await pc.setRemoteDescription(description);
    if (offer) await this.#describe();
    const waiting = this.#candidates;
    this.#candidates = [];
    for (const candidate of waiting) await this.#candidate(candidate);
  }

  /** @param {RTCIceCandidateInit} candidate */
  async #candidate(candidate) {
    if (this.#ignoreOffer) return;
    if (!this.pc.remoteDescription) {
      if (this.#candidates.length < MAX_CANDIDATES) this.#candidates.push(candidate);
      return;
    }
    try {
      await this.pc.addIceCandidate(candidate);
    } catch (error) {
      // Not every browser takes the empty candidate, and none needs it.
      if (candidate?.candidate !== '') this.#refused(error);
    }
  }

  /** @param {unknown} error */
  #refused(error) {
    if (!this.#closed) this.emit('error', { error });
  }

  /**
   * @param {string} kind
   * @param {unknown} data
   */
  #send(kind, data) {
    return this.#client.signal({ to: this.peer, toN: this.n, room: this.room, kind, data });
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.#closed) return;
    this.#closed = true;
    this.#trickle.stop();
    this.#gathering.begin();
    this.#watch.stop();
    this.#signals = [];
    const { pc } = this;
    pc.onnegotiationneeded = pc.onicecandidate = pc.ontrack = pc.ondatachannel = pc.onconnectionstatechange = null;
    pc.close();
    this.emit('closed', { reason });
  }
}
