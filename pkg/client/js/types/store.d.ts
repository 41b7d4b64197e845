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
export function sessionStore(key?: string, storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">): SessionStore;
/**
 * What is kept of a session. `secret` is a credential: keep it where only this page can read it.
 */
export type SavedSession = {
    /**
     * The WebSocket URL it belongs to.
     */
    url: string;
    peer: string;
    n: number;
    session: string;
    secret: string;
    /**
     * The last signal processed.
     */
    seq: number;
    /**
     * No id above this one was used.
     */
    ids: number;
};
/**
 * SessionStore keeps one session over page reloads. It is synchronous, because the secret must be stored before
 * anything is sent (protocol section 4).
 */
export type SessionStore = {
    load: () => SavedSession | null | undefined;
    save: (saved: SavedSession) => void;
    clear: () => void;
};
