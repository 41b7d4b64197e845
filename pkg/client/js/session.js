// SPDX-License-Identifier: Apache-2.0

/** How many ids are reserved in the store at a time, so that not every frame writes to it. */
const RESERVE = 1000;

/** Session is what a client must remember to resume: who it is, the secret, the last signal processed, the ids used. */
export class Session {
  /** @type {string | undefined} */ peer;
  /** @type {number | undefined} */ n;
  /** @type {string | undefined} */ id;
  seq = 0;
  /** @type {string | undefined} */ #secret;
  #ids = 0;
  #reserved = 0;
  #url;
  #store;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} [options.peer]
   * @param {import('./store.js').SessionStore} [options.store]
   */
  constructor({ url, peer, store }) {
    this.#url = url;
    this.#store = store;
    this.peer = peer;
    const saved = attempt(() => store?.load());
    if (!saved || saved.url !== url || (peer !== undefined && saved.peer !== peer)) return;
    if (typeof saved.session !== 'string' || typeof saved.secret !== 'string') return;
    this.peer = saved.peer;
    this.n = saved.n;
    this.id = saved.session;
    this.#secret = saved.secret;
    this.seq = Number.isSafeInteger(saved.seq) && saved.seq > 0 ? saved.seq : 0;
    this.#ids = this.#reserved = Number.isSafeInteger(saved.ids) && saved.ids > 0 ? saved.ids : 0;
  }

  /** The `resume` member of a hello; undefined without a session. */
  get resume() {
    return this.id === undefined ? undefined : { session: this.id, secret: this.#secret, seq: this.seq };
  }

  /**
   * Takes a welcome, and stores its secret before it returns: nothing may be sent earlier. True if it resumes this session.
   * @param {import('./options.js').Frame} welcome
   */
  adopt(welcome) {
    const resumed = welcome.resumed === true && this.id !== undefined;
    if (!resumed) this.seq = 0;
    this.peer = welcome.peer;
    this.n = welcome.n;
    this.id = welcome.session;
    this.#secret = welcome.secret;
    this.#save();
    return resumed;
  }

  /** The id that takeId would give: strictly increasing over the client's life, hence within each session. */
  get nextId() {
    return this.#ids + 1;
  }

  /** Takes the next id. */
  takeId() {
    this.#ids++;
    if (this.#store && this.#ids > this.#reserved) {
      this.#reserved = this.#ids + RESERVE;
      this.#save();
    }
    return this.#ids;
  }

  /**
   * Notes that a signal was processed.
   * @param {number} seq
   */
  processed(seq) {
    this.seq = seq;
    if (this.#store) this.#save();
  }

  /** Forgets an ended session; the peer's name stays. */
  end() {
    this.id = undefined;
    this.#secret = undefined;
    this.seq = 0;
    attempt(() => this.#store?.clear());
  }

  #save() {
    const { peer, n, id: session, seq } = this;
    const secret = this.#secret;
    if (peer === undefined || n === undefined || session === undefined || secret === undefined) return;
    const ids = Math.max(this.#ids, this.#reserved);
    attempt(() => this.#store?.save({ url: this.#url, peer, n, session, secret, seq, ids }));
  }
}

/**
 * A store that is full or denied costs the resume after a reload, not the connection.
 * @template T
 * @param {() => T} access
 * @returns {T | undefined}
 */
function attempt(access) {
  try {
    return access();
  } catch {
    return undefined;
  }
}
