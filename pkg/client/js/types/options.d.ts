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
export function dialing(url: string, options: ClientOptions): {
    url: string;
    token: TokenSource | undefined;
    WebSocket: WebSocketConstructor;
    fetch: typeof fetch | undefined;
    connectTimeout: number;
    heartbeatGrace: number;
    closeTimeout: number;
    backoffBase: number;
    backoffCap: number;
    maxAttempts: number;
    random: () => number;
};
/**
 * A token, or what gives a fresh one for every connect.
 */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>);
/**
 * Options of AldisClient. Times are seconds.
 */
export type ClientOptions = {
    /**
     * The address to hold; absent: the token's subject or a generated one.
     */
    peer?: string | undefined;
    /**
     * The tenant; absent: `default`.
     */
    app?: string | undefined;
    /**
     * A JWT or a function that gives one.
     */
    token?: TokenSource | undefined;
    /**
     * Shown to other peers, at most 1 KiB of JSON.
     */
    meta?: unknown;
    /**
     * Protocol features to ask for.
     */
    features?: string[] | undefined;
    /**
     * Seconds to wait for a frame after a ping (10).
     */
    heartbeatGrace?: number | undefined;
    /**
     * Seconds from opening a socket to its welcome (10).
     */
    connectTimeout?: number | undefined;
    /**
     * Seconds that close() waits for the gateway (2).
     */
    closeTimeout?: number | undefined;
    /**
     * Seconds, the first ceiling of the jitter (0.5).
     */
    backoffBase?: number | undefined;
    /**
     * Seconds, the last ceiling of the jitter (30).
     */
    backoffCap?: number | undefined;
    /**
     * Attempts in a row without a welcome before giving up; 0: for ever.
     */
    maxAttempts?: number | undefined;
    /**
     * Calls waiting to be sent before `queue_full` (256).
     */
    maxQueue?: number | undefined;
    /**
     * Keeps the session over page reloads.
     */
    store?: import("./store.js").SessionStore | undefined;
    /**
     * Absent: the global one.
     */
    WebSocket?: WebSocketConstructor | undefined;
    /**
     * Used to learn why a handshake was refused; false: never.
     */
    fetch?: false | typeof globalThis.fetch | undefined;
    /**
     * In [0, 1); absent: Math.random.
     */
    random?: (() => number) | undefined;
};
/**
 * What the SDK uses of a WebSocket; the browser's, Node's and npm `ws` all have it.
 */
export type Socket = {
    readyState: number;
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    send: (data: string) => void;
    close: (code?: number, reason?: string) => void;
};
export type WebSocketConstructor = new (url: string, protocols?: string[]) => Socket;
/**
 * A member of a room. `polite` is the own role towards it.
 */
export type Member = {
    peer: string;
    n: number;
    meta?: unknown;
    polite: boolean;
};
export type RoomList = {
    room: string;
    v: number;
    peers: Member[];
};
export type SignalArgs = {
    /**
     * The receiving peer.
     */
    to?: string | undefined;
    /**
     * A room's members, or with `to` the room both are in.
     */
    room?: string | undefined;
    /**
     * Only if the receiver still is that incarnation.
     */
    toN?: number | undefined;
    /**
     * Absent: `message`.
     */
    kind?: string | undefined;
    /**
     * Any JSON.
     */
    data?: unknown;
    /**
     * Asks for `receipt` events.
     */
    receipt?: boolean | undefined;
};
export type SignalResult = {
    /**
     * Named by the receipts.
     */
    id: number;
    /**
     * `sent` or `queued`.
     */
    status: string;
    /**
     * Members of the room it is kept for.
     */
    receivers?: number | undefined;
    /**
     * Members whose inbox was full.
     */
    full?: number | undefined;
};
export type Connected = {
    peer: string;
    n: number;
    session: string;
    resumed: boolean;
};
export type SignalEvent = {
    from: string;
    n: number;
    polite: boolean;
    room?: string;
    kind: string;
    data: any;
    seq: number;
};
export type PresenceEvent = {
    room: string;
    event: "join" | "leave" | "update";
    peer: string;
    n: number;
    meta?: any;
    polite?: boolean;
    v: number;
};
/**
 * The events of AldisClient by name, with their details.
 */
export type ClientEvents = {
    connected: Connected;
    disconnected: {
        code: number;
        reason: string;
        retryIn: number;
    };
    closed: {
        code: number;
        reason: string;
    };
    signal: SignalEvent;
    presence: PresenceEvent;
    roster: RoomList;
    roomlost: {
        room: string;
        code: string;
    };
    receipt: {
        id: number;
        peer: string;
        n: number;
        status: string;
    };
    ice: {
        servers: RTCIceServer[];
        ttl?: number;
    };
    goaway: {
        reason: string;
        within: number;
    };
    gap: {};
};
export type ClientState = "idle" | "connecting" | "connected" | "reconnecting" | "closing" | "closed";
/**
 * A frame of the protocol as it came, before its type is known.
 */
export type Frame = Record<string, any> & {
    type: string;
};
