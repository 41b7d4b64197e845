// SPDX-License-Identifier: Apache-2.0

/**
 * What is kept of a session. `secret` is a credential: keep it where only this page can read it.
 * @typedef {object} SavedSession
 * @property {string} url The WebSocket URL it belongs to.
 * @property {string} peer
 * @property {number} n
 * @property {string} session
 * @property {string} secret
 * @property {number} seq The last signal processed.
 * @property {number} ids No id above this one was used.
 */

/**
 * SessionStore keeps one session over page reloads. It is synchronous, because the secret must be stored before
 * anything is sent (protocol section 4).
 * @typedef {object} SessionStore
 * @property {() => SavedSession | null | undefined} load
 * @property {(saved: SavedSession) => void} save
 * @property {() => void} clear
 */

/**
 * A store in `sessionStorage` (one per tab). A tab that is duplicated starts with a copy: the later one takes the session over.
 * @param {string} [key]
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} [storage]
 * @returns {SessionStore}
 */
export function sessionStore(key = 'aldis', storage = globalThis.sessionStorage) {
  return {
    load() {
      const text = storage.getItem(key);
      if (!text) return null;
      try {
        return JSON.parse(text);
      } catch {
        return null;
      }
    },
    save: (saved) => storage.setItem(key, JSON.stringify(saved)),
    clear: () => storage.removeItem(key),
  };
}
