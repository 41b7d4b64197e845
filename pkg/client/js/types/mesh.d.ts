/**
 * @typedef {object} RoomMeshOptions
 * @property {unknown} [meta] Shown in the room.
 * @property {(RTCDataChannelInit & {label?: string}) | false} [channel] The channel of every link; false: none.
 * @property {RTCConfiguration} [config]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {(link: PeerLink) => void} [setup] Runs for every new link before it negotiates.
 */
/** @typedef {{link: PeerLink, peer: string, n: number}} Linked */
/**
 * @typedef {object} RoomMeshEvents
 * @property {Linked & {meta?: any}} link
 * @property {Linked & {reason: string}} unlink
 * @property {Linked} open
 * @property {Linked & {data: any}} message
 * @property {Linked & import('./negotiation.js').PeerLinkEvents['track']} track
 * @property {Linked & {state: RTCPeerConnectionState}} state
 */
/**
 * RoomMesh joins a room and keeps one PeerLink to every other member. Both sides of a link create its data channel with
 * `negotiated` and id 0, so that there is exactly one and neither has to be first.
 * @extends {Emitter<RoomMeshEvents>}
 */
export class RoomMesh extends Emitter<RoomMeshEvents> {
    /**
     * @param {import('./client.js').AldisClient} client
     * @param {string} room
     * @param {RoomMeshOptions} [options]
     */
    constructor(client: import("./client.js").AldisClient, room: string, options?: RoomMeshOptions);
    /** The links by peer. @type {ReadonlyMap<string, PeerLink>} */
    links: ReadonlyMap<string, PeerLink>;
    room: string;
    /** Joins the room and links up with its members; resolves with the roster. */
    join(): Promise<import("./options.js").RoomList>;
    /** Closes all links and leaves the room. */
    leave(): Promise<void>;
    /**
     * Sends on every open channel.
     * @param {any} data
     * @returns {number} To how many.
     */
    broadcast(data: any): number;
    #private;
}
export type RoomMeshOptions = {
    /**
     * Shown in the room.
     */
    meta?: unknown;
    /**
     * The channel of every link; false: none.
     */
    channel?: false | (RTCDataChannelInit & {
        label?: string;
    }) | undefined;
    config?: RTCConfiguration | undefined;
    RTCPeerConnection?: {
        new (configuration?: RTCConfiguration): RTCPeerConnection;
        prototype: RTCPeerConnection;
        generateCertificate(keygenAlgorithm: AlgorithmIdentifier): Promise<RTCCertificate>;
    } | undefined;
    /**
     * Runs for every new link before it negotiates.
     */
    setup?: ((link: PeerLink) => void) | undefined;
};
export type Linked = {
    link: PeerLink;
    peer: string;
    n: number;
};
export type RoomMeshEvents = {
    link: Linked & {
        meta?: any;
    };
    unlink: Linked & {
        reason: string;
    };
    open: Linked;
    message: Linked & {
        data: any;
    };
    track: Linked & import("./negotiation.js").PeerLinkEvents["track"];
    state: Linked & {
        state: RTCPeerConnectionState;
    };
};
import { Emitter } from './emitter.js';
import { PeerLink } from './negotiation.js';
