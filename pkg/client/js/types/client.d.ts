/** @typedef {import('./options.js').Connected} Connected */
/** @typedef {import('./options.js').RoomList} RoomList */
/**
 * AldisClient is a peer's attachment to an Aldis service: one session that outlives its sockets.
 * @extends {Emitter<import('./options.js').ClientEvents>}
 */
export class AldisClient extends Emitter<import("./options.js").ClientEvents> {
    /**
     * Makes a client; connect opens it. Throws `bad_argument` where the URL is of no use or there is no WebSocket.
     * @param {string | URL} url
     * @param {import('./options.js').ClientOptions} [options]
     */
    constructor(url: string | URL, options?: import("./options.js").ClientOptions);
    get state(): import("./options.js").ClientState;
    /** The peer held; before the first welcome the option. */
    get peer(): string | undefined;
    /** The incarnation of the peer. */
    get n(): number | undefined;
    /** The session's id. */
    get session(): string | undefined;
    /** Whether the last welcome resumed the session. */
    get resumed(): boolean;
    /** ICE servers for RTCPeerConnection, the latest known. */
    get iceServers(): RTCIceServer[];
    /** Features in force. */
    get features(): string[];
    /** Limits as the last welcome told them. */
    get limits(): Record<string, number>;
    /** The rooms joined. @returns {ReadonlyMap<string, import('./rooms.js').RoomView>} */
    get rooms(): ReadonlyMap<string, import("./rooms.js").RoomView>;
    /**
     * Connects, and stays connected until close or a refusal for good. Resolves at the first welcome; rejects with the
     * code of the refusal.
     * @returns {Promise<Connected>}
     */
    connect(): Promise<Connected>;
    /**
     * Joins a room, or shows another meta there.
     * @param {string} room
     * @param {{meta?: unknown}} [options]
     * @returns {Promise<RoomList>}
     */
    join(room: string, { meta }?: {
        meta?: unknown;
    }): Promise<RoomList>;
    /**
     * Leaves a room.
     * @param {string} room
     * @returns {Promise<{room: string}>}
     */
    leave(room: string): Promise<{
        room: string;
    }>;
    /**
     * Asks for a room's members.
     * @param {string} room
     * @returns {Promise<RoomList>}
     */
    roster(room: string): Promise<RoomList>;
    /**
     * Sends a signal; resolves when the service keeps it for the receiver.
     * @param {import('./options.js').SignalArgs} args
     * @returns {Promise<import('./options.js').SignalResult>}
     */
    signal({ to, room, toN, kind, data, receipt }: import("./options.js").SignalArgs): Promise<import("./options.js").SignalResult>;
    /**
     * Renews the token in place; without an argument the `token` option is asked.
     * @param {string} [token]
     */
    renew(token?: string): Promise<void>;
    /** Says bye, which ends the session, and resolves when the socket is closed. Nothing is reconnected. */
    close(): Promise<void>;
    #private;
}
export type Connected = import("./options.js").Connected;
export type RoomList = import("./options.js").RoomList;
import { Emitter } from './emitter.js';
