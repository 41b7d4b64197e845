// SPDX-License-Identifier: Apache-2.0

import { append, byId, clock, make } from './dom.js';

/** Messages kept; the oldest go first. */
const MESSAGES = 200;

/** Characters of a message; longer ones are cut. */
const LENGTH = 2000;

/**
 * What goes over the data channel, as JSON: `{"chat":{"id":"…","text":"…"}}`, and from each peer that got it
 * `{"got":"…"}`. Anything else is shown as text.
 * @typedef {{chat?: {id: string, text: string}, got?: string}} Note
 */

/** Chat talks to the peers of a mesh over its data channels: no server sees what is said. */
export class Chat {
  #list = byId('chat-log');
  /** @type {HTMLInputElement} */ #input = byId('chat-input');
  /** The messages of our own that are shown, by id. @type {Map<string, {to: number, got: Set<string>, proof: HTMLElement, line: HTMLElement}>} */
  #sent = new Map();
  /** @type {import('/sdk/aldis.js').RoomMesh | undefined} */ #mesh;
  #name;

  /** @param {string} name Who we are. */
  constructor(name) {
    this.#name = name;
    byId('chat-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#say(this.#input.value.trim().slice(0, LENGTH));
      this.#input.focus();
    });
  }

  /**
   * Follows a mesh.
   * @param {import('/sdk/aldis.js').RoomMesh} mesh
   */
  follow(mesh) {
    this.#mesh = mesh;
    mesh.on('message', ({ detail: { link, peer, data } }) => {
      const note = parse(data);
      if (note.got !== undefined) return this.#proved(note.got, peer);
      if (!note.chat) return;
      this.#show(peer, note.chat.text, { mine: false });
      if (note.chat.id) link.channel?.send(JSON.stringify({ got: note.chat.id }));
    });
  }

  /** @param {string} text */
  #say(text) {
    if (text === '' || !this.#mesh) return;
    this.#input.value = '';
    const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
    const to = this.#mesh.broadcast(JSON.stringify({ chat: { id, text } }));
    const proof = make('p', { className: 'proof', 'data-testid': 'chat-delivered' });
    const line = this.#show(this.#name, text, { mine: true }, proof);
    this.#sent.set(id, { to, got: new Set(), proof, line });
    if (this.#sent.size > MESSAGES) for (const oldest of this.#sent.keys()) { this.#sent.delete(oldest); break; }
    this.#proved(id);
  }

  /**
   * A peer got a message; without one, nobody did yet.
   * @param {string} id
   * @param {string} [peer]
   */
  #proved(id, peer) {
    const message = this.#sent.get(id);
    if (!message) return;
    const { to, got, proof, line } = message;
    // Channels that opened later cannot have got it.
    if (peer !== undefined && got.size < to) got.add(peer);
    line.dataset.delivered = [...got].join(' ');
    if (to === 0) proof.textContent = 'nobody is here: not sent';
    else proof.textContent = got.size === 0 ? `sent to ${to}` : `✓ ${[...got].join(', ')}${got.size < to ? ` (${got.size} of ${to})` : ''}`;
  }

  /**
   * @param {string} from
   * @param {string} text
   * @param {{mine: boolean}} options
   * @param {...HTMLElement} more
   */
  #show(from, text, { mine }, ...more) {
    const at = new Date();
    const line = make('li', { className: mine ? 'mine' : 'theirs', 'data-testid': 'chat-message', data: { from } },
      make('p', { className: 'from' }, make('strong', { text: mine ? 'you' : from }), ' ',
        make('time', { dateTime: at.toISOString(), text: clock(at).slice(0, 5) })),
      make('p', { className: 'text', text }), ...more);
    append(this.#list, line, MESSAGES, mine ? { follow: true } : {});
    return line;
  }
}

/**
 * Reads what a peer sent, which may be anything.
 * @param {unknown} data
 * @returns {Note}
 */
function parse(data) {
  if (typeof data !== 'string') return {};
  let note;
  try {
    note = JSON.parse(data);
  } catch { /* plain text */ }
  if (typeof note?.got === 'string') return { got: note.got };
  if (typeof note?.chat?.text === 'string') {
    return { chat: { id: typeof note.chat.id === 'string' ? note.chat.id : '', text: note.chat.text.slice(0, LENGTH) } };
  }
  return { chat: { id: '', text: data.slice(0, LENGTH) } };
}
