// SPDX-License-Identifier: Apache-2.0

/** Watch is what a link does when its client's connection changes, or its peer comes back as another. */
export class Watch {
  /** @type {(() => void)[]} */ #off;
  #client;
  #link;
  #config;
  #own;
  #servers;

  /**
   * @param {import('./client.js').AldisClient} client
   * @param {import('./negotiation.js').PeerLink} link
   * @param {RTCConfiguration} config
   */
  constructor(client, link, config) {
    this.#client = client;
    this.#link = link;
    this.#config = config;
    this.#own = client.session;
    this.#servers = JSON.stringify(client.iceServers);
    this.#off = [
      client.on('signal', ({ detail }) => link.receive(detail)),
      client.on('presence', ({ detail }) => { if (detail.event !== 'leave') this.#seen(detail); }),
      client.on('roster', ({ detail }) => detail.peers.forEach((member) => this.#seen(member))),
      client.on('connected', () => this.#connected()),
      client.on('gap', () => this.#gap()),
      client.on('ice', () => this.#reconfigure()),
      client.on('closed', () => link.close({ bye: false, reason: 'client_closed' })),
    ];
  }

  stop() {
    for (const off of this.#off) off();
  }

  /** @param {{peer: string, n: number}} member */
  #seen({ peer, n }) {
    if (peer === this.#link.peer && this.#link.n !== undefined && n > this.#link.n) this.#link.supersede(n);
  }

  #connected() {
    const own = (this.#own ??= this.#client.session);
    // To the other side this is another incarnation now: it drops its connection to the old one.
    if (own !== this.#client.session) return this.#link.close({ bye: false, reason: 'session_lost' });
    if (this.#reconfigure()) return;
    const state = this.#link.pc.iceConnectionState;
    if (state === 'disconnected' || state === 'failed') this.#link.restart();
  }

  /** Signals may be lost that were kept: the offer is repeated, or what came of the last one is made anew. */
  #gap() {
    const { pc } = this.#link;
    if (pc.signalingState === 'have-local-offer') this.#link.offerAgain();
    else if (pc.iceConnectionState !== 'connected' && pc.iceConnectionState !== 'completed') this.#link.restart();
  }

  /** Puts fresh ICE servers to use; true if there were any. */
  #reconfigure() {
    const servers = JSON.stringify(this.#client.iceServers);
    if (this.#config.iceServers || servers === this.#servers) return false;
    this.#servers = servers;
    this.#link.pc.setConfiguration({ ...this.#config, iceServers: this.#client.iceServers });
    this.#link.restart();
    return true;
  }
}
