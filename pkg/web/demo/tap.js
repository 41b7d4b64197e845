// SPDX-License-Identifier: Apache-2.0

/** Milliseconds after which a socket that was cut here is closed if the gateway has not done so. */
const LINGER = 10_000;

/**
 * @typedef {object} Listener
 * @property {() => void} opened
 * @property {(text: string) => void} sent
 * @property {(text: string) => void} received
 * @property {(code: number, reason: string) => void} closed
 */

/**
 * A WebSocket class for the SDK that shows each frame to a listener, and `cut`, which drops the socket in use.
 * @param {Listener} listener
 */
export function tap(listener) {
  /** The socket that spoke last for the first time: during a move there are two. @type {Tapped | undefined} */
  let current;

  class Tapped extends WebSocket {
    #cut = false;
    #spoke = false;

    /**
     * @param {string | URL} url
     * @param {string | string[]} [protocols]
     */
    constructor(url, protocols) {
      super(url, protocols);
      // These are the first listeners: what they stop reaches nobody.
      this.addEventListener('open', () => listener.opened());
      this.addEventListener('message', (event) => this.#hear(event));
      this.addEventListener('close', (event) => this.#end(event));
    }

    /** @param {string} data */
    send(data) {
      if (this.#cut) return;
      super.send(data);
      listener.sent(data);
    }

    /**
     * As if the network were gone: from here on nothing passes, and no close frame tells the gateway. To the gateway
     * the socket looks alive until the session resumes elsewhere, or its heartbeat finds out.
     */
    cut() {
      this.#cut = true;
      listener.closed(1006, 'cut here');
      this.dispatchEvent(new CloseEvent('close', { code: 1006 }));
      setTimeout(() => super.close(), LINGER);
    }

    /** @param {MessageEvent} event */
    #hear(event) {
      if (this.#cut) return event.stopImmediatePropagation();
      if (!this.#spoke) current = this;
      this.#spoke = true;
      if (typeof event.data === 'string') listener.received(event.data);
    }

    /** @param {CloseEvent} event */
    #end(event) {
      if (current === this) current = undefined;
      if (!this.#cut) listener.closed(event.code, event.reason);
      else if (event.isTrusted) event.stopImmediatePropagation();
    }
  }

  return {
    WebSocket: Tapped,
    /** Drops the socket in use; false where there is none. */
    cut() {
      const socket = current;
      socket?.cut();
      return socket !== undefined;
    },
  };
}
