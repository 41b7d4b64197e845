// SPDX-License-Identifier: Apache-2.0

import { reasonOf } from './backoff.js';
import { seconds } from './errors.js';
import { Heartbeat } from './heartbeat.js';

/** Seconds that a socket which was let go may take to close before it is cut, where the implementation can. */
const LINGER = 2;

/**
 * How a connection ended. `code` 1006 stands for everything without a close frame.
 * @typedef {{code: number, reason: string, opened: boolean, retryAfter?: number}} Ending
 */

/**
 * @typedef {object} ConnectionHandlers
 * @property {() => object} hello Makes the hello, at the moment it is sent.
 * @property {(frame: import('./options.js').Frame) => void} welcome
 * @property {(frame: import('./options.js').Frame) => void} frame Any frame after the welcome.
 * @property {(ending: Ending) => void} end Called once, never after retire.
 */

/** Connection is one socket: its hello and welcome, its heartbeat, its end. */
export class Connection {
  /** A hello with `resume` went out elsewhere for the session this socket has: a 4008 here is of our own making. */
  handedOver = false;
  /** The hello was sent. */
  greeted = false;
  welcomed = false;
  #socket;
  #handlers;
  #ended = false;
  #opened = false;
  #grace;
  /** @type {Heartbeat | undefined} */ #heartbeat;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {{reason: string, retryAfter?: number} | undefined} */ #refusal;

  /**
   * Opens a socket. Throws where the URL or the token cannot be used for one.
   * @param {object} options
   * @param {string} options.url
   * @param {string} [options.token]
   * @param {import('./options.js').WebSocketConstructor} options.WebSocket
   * @param {number} options.timeout Seconds until the welcome.
   * @param {number} options.grace Seconds to wait for a frame after a ping.
   * @param {ConnectionHandlers} handlers
   */
  constructor({ url, token, WebSocket, timeout, grace }, handlers) {
    this.#handlers = handlers;
    this.#grace = grace;
    const protocols = token ? ['aldis.v1', `aldis.bearer.${token}`] : ['aldis.v1'];
    const socket = new WebSocket(url, protocols);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#fail('timeout'), timeout * 1000);
    socket.onopen = () => this.#open();
    socket.onmessage = (event) => this.#message(event.data);
    // A close event follows, with all that there is to know.
    socket.onerror = () => {};
    socket.onclose = (event) => this.#end(event.code || 1006, event.reason || '');
  }

  /**
   * Sends a frame; without effect on a socket that is not open.
   * @param {string} text
   */
  send(text) {
    if (this.#socket.readyState === 1) this.#socket.send(text);
  }

  /** Starts the closing handshake; `end` follows. */
  close() {
    this.#socket.close(1000);
  }

  /** Lets the socket go: nothing that it still says is heard. */
  retire() {
    if (this.#ended) return;
    this.#detach();
    const socket = this.#socket;
    const cut = setTimeout(() => terminate(socket), LINGER * 1000);
    socket.onclose = () => clearTimeout(cut);
    socket.close(1000);
  }

  #open() {
    this.#opened = true;
    this.send(JSON.stringify(this.#handlers.hello()));
    this.greeted = true;
  }

  /** @param {unknown} data */
  #message(data) {
    this.#heartbeat?.touch();
    const frame = parse(data);
    if (!frame) return;
    if (frame.type === 'error' && frame.id === undefined) {
      this.#refusal = { reason: String(frame.code ?? ''), retryAfter: seconds(frame.retry_after) };
      return;
    }
    if (this.welcomed) {
      if (frame.type !== 'welcome') this.#handlers.frame(frame);
      return;
    }
    if (frame.type !== 'welcome') return;
    this.welcomed = true;
    clearTimeout(this.#timer);
    this.#heartbeat = new Heartbeat({
      interval: seconds(frame.heartbeat) || 20,
      grace: this.#grace,
      ping: () => this.send(JSON.stringify({ type: 'ping', t: Date.now() })),
      dead: () => this.#fail('heartbeat'),
    });
    this.#handlers.welcome(frame);
  }

  /**
   * Gives up on a socket that no longer answers, without waiting for its close.
   * @param {string} reason
   */
  #fail(reason) {
    const socket = this.#socket;
    this.#end(1006, reason);
    socket.close();
    terminate(socket);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    if (this.#ended) return;
    this.#detach();
    const refusal = this.#refusal;
    this.#handlers.end({ code, reason: reason || refusal?.reason || reasonOf(code), opened: this.#opened, retryAfter: refusal?.retryAfter });
  }

  #detach() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
  }
}

/**
 * A text frame as an object; undefined for anything else, which a client ignores.
 * @param {unknown} data
 * @returns {import('./options.js').Frame | undefined}
 */
function parse(data) {
  if (typeof data !== 'string') return undefined;
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame.type === 'string' ? frame : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Cuts a socket at once; npm `ws` can, browsers cannot and do so themselves in the end.
 * @param {import('./options.js').Socket & {terminate?: () => void}} socket
 */
function terminate(socket) {
  socket.terminate?.();
}
