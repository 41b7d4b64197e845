/** @typedef {import('./options.js').Frame} Frame */
/** @typedef {import('./options.js').ClientEvents} ClientEvents */
/**
 * @typedef {object} InboundHooks
 * @property {import('./session.js').Session} session
 * @property {import('./rooms.js').Rooms} rooms
 * @property {import('./pending.js').Pending} pending
 * @property {(text: string) => void} send
 * @property {<K extends keyof ClientEvents>(type: K, detail: ClientEvents[K]) => void} emit
 * @property {(within: number) => void} move Go to another gateway within that many seconds.
 * @property {() => void} renew Renew the token in place.
 * @property {(room: string, meta: unknown) => void} rejoin
 */
/** Inbound is what the gateway's frames do to a client (protocol section 4). */
export class Inbound {
    /** @param {InboundHooks} hooks */
    constructor(hooks: InboundHooks);
    resumed: boolean;
    /** @type {RTCIceServer[]} */ iceServers: RTCIceServer[];
    /** @type {string[]} */ features: string[];
    /** @type {Record<string, number>} */ limits: Record<string, number>;
    /**
     * Takes a welcome: the secret is stored, then confirmed by an ack, then what is unanswered goes again.
     * @param {Frame} frame
     */
    welcome(frame: Frame): void;
    /** The socket is gone. */
    detach(): void;
    /**
     * Takes any other frame; unknown types are ignored.
     * @param {Frame} frame
     */
    frame(frame: Frame): void;
    #private;
}
export type Frame = import("./options.js").Frame;
export type ClientEvents = import("./options.js").ClientEvents;
export type InboundHooks = {
    session: import("./session.js").Session;
    rooms: import("./rooms.js").Rooms;
    pending: import("./pending.js").Pending;
    send: (text: string) => void;
    emit: <K extends keyof ClientEvents>(type: K, detail: ClientEvents[K]) => void;
    /**
     * Go to another gateway within that many seconds.
     */
    move: (within: number) => void;
    /**
     * Renew the token in place.
     */
    renew: () => void;
    rejoin: (room: string, meta: unknown) => void;
};
