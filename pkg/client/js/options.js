// SPDX-License-Identifier: Apache-2.0

/** The shapes that a caller sees, options, results and events, and the defaults of the options. */

/**
 * A token, or what gives a fresh one for every connect.
 * @typedef {string | (() => string | undefined | Promise<string | undefined>)} TokenSource
 */

/**
 * Options of AldisClient. Times are seconds.
 * @typedef {object} ClientOptions
 * @property {string} [peer] The address to hold; absent: the token's subject or a generated one.
 * @property {string} [app] The tenant; absent: `default`.
 * @property {TokenSource} [token] A JWT or a function that gives one.
 * @property {unknown} [meta] Shown to other peers, at most 1 KiB of JSON.
 * @property {string[]} [features] Protocol features to ask for.
 * @property {number} [heartbeatGrace] Seconds to wait for a frame after a ping (10).
 * @property {number} [connectTimeout] Seconds from opening a socket to its welcome (10).
 * @property {number} [closeTimeout] Seconds that close() waits for the gateway (2).
 * @property {number} [backoffBase] Seconds, the first ceiling of the jitter (0.5).
 * @property {number} [backoffCap] Seconds, the last ceiling of the jitter (30).
 * @property {number} [maxAttempts] Attempts in a row without a welcome before giving up; 0: for ever.
 * @property {number} [maxQueue] Calls waiting to be sent before `queue_full` (256).
 * @property {import('./store.js').SessionStore} [store] Keeps the session over page reloads.
 * @property {WebSocketConstructor} [WebSocket] Absent: the global one.
 * @property {typeof fetch | false} [fetch] Used to learn why a handshake was refused; false: never.
 * @property {() => number} [random] In [0, 1); absent: Math.random.
 */

/**
 * What the SDK uses of a WebSocket; the browser's, Node's and npm `ws` all have it.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 * @property {((event: any) => void) | null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 */

/** @typedef {new (url: string, protocols?: string[]) => Socket} WebSocketConstructor */

/**
 * A member of a room. `polite` is the own role towards it.
 * @typedef {{peer: string, n: number, meta?: unknown, polite: boolean}} Member
 */

/** @typedef {{room: string, v: number, peers: Member[]}} RoomList */

/**
 * @typedef {object} SignalArgs
 * @property {string} [to] The receiving peer.
 * @property {string} [room] A room's members, or with `to` the room both are in.
 * @property {number} [toN] Only if the receiver still is that incarnation.
 * @property {string} [kind] Absent: `message`.
 * @property {unknown} [data] Any JSON.
 * @property {boolean} [receipt] Asks for `receipt` events.
 */

/**
 * @typedef {object} SignalResult
 * @property {number} id Named by the receipts.
 * @property {string} status `sent` or `queued`.
 * @property {number} [receivers] Members of the room it is kept for.
 * @property {number} [full] Members whose inbox was full.
 */

/** @typedef {{peer: string, n: number, session: string, resumed: boolean}} Connected */
/** @typedef {{from: string, n: number, polite: boolean, room?: string, kind: string, data: any, seq: number}} SignalEvent */
/** @typedef {{room: string, event: 'join' | 'leave' | 'update', peer: string, n: number, meta?: any, polite?: boolean, v: number}} PresenceEvent */

/**
 * The events of AldisClient by name, with their details.
 * @typedef {object} ClientEvents
 * @property {Connected} connected
 * @property {{code: number, reason: string, retryIn: number}} disconnected
 * @property {{code: number, reason: string}} closed
 * @property {SignalEvent} signal
 * @property {PresenceEvent} presence
 * @property {RoomList} roster
 * @property {{room: string, code: string}} roomlost
 * @property {{id: number, peer: string, n: number, status: string}} receipt
 * @property {{servers: RTCIceServer[], ttl?: number}} ice
 * @property {{reason: string, within: number}} goaway
 * @property {{}} gap
 */

/** @typedef {'idle' | 'connecting' | 'connected' | 'reconnecting' | 'closing' | 'closed'} ClientState */

/**
 * A frame of the protocol as it came, before its type is known.
 * @typedef {Record<string, any> & {type: string}} Frame
 */

/**
 * What dialing needs of the options, defaults filled in. Times are seconds.
 * @param {string} url
 * @param {ClientOptions} options
 */
export function dialing(url, options) {
  const { token, fetch = globalThis.fetch } = options;
  return {
    url,
    token,
    WebSocket: options.WebSocket ?? /** @type {WebSocketConstructor} */ (globalThis.WebSocket),
    fetch: fetch || undefined,
    connectTimeout: options.connectTimeout ?? 10,
    heartbeatGrace: options.heartbeatGrace ?? 10,
    closeTimeout: options.closeTimeout ?? 2,
    backoffBase: options.backoffBase ?? 0.5,
    backoffCap: options.backoffCap ?? 30,
    maxAttempts: options.maxAttempts ?? 0,
    random: options.random ?? Math.random,
  };
}
