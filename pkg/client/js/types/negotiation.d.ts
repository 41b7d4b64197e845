/** @typedef {import('./options.js').SignalEvent} SignalEvent */
/**
 * @typedef {object} PeerLinkOptions
 * @property {string} peer
 * @property {number} [n] The incarnation; absent: that of its first signal.
 * @property {string} [room] Signals go within that room.
 * @property {boolean} [polite] Absent: by the protocol's rule, the greater id is polite.
 * @property {RTCConfiguration} [config] Its iceServers are the client's unless given.
 * @property {typeof RTCPeerConnection} [RTCPeerConnection] Absent: the global one.
 * @property {(link: PeerLink) => void} [setup] Runs before any negotiation.
 */
/**
 * @typedef {object} PeerLinkEvents
 * @property {{track: MediaStreamTrack, streams: readonly MediaStream[], transceiver: RTCRtpTransceiver, receiver: RTCRtpReceiver}} track
 * @property {{channel: RTCDataChannel}} datachannel
 * @property {{state: RTCPeerConnectionState}} state
 * @property {{peer: string, n: number}} replaced
 * @property {{reason: string}} closed
 * @property {{error: unknown}} error
 */
/**
 * PeerLink is an RTCPeerConnection to one incarnation of a peer, negotiated perfectly (W3C WebRTC, section 10.7; RFC
 * 9429) with trickled candidates (RFC 8838).
 * @extends {Emitter<PeerLinkEvents>}
 */
export class PeerLink extends Emitter<PeerLinkEvents> {
    /**
     * @param {import('./client.js').AldisClient} client
     * @param {PeerLinkOptions} options
     */
    constructor(client: import("./client.js").AldisClient, { peer, n, room, polite, config, RTCPeerConnection, setup }: PeerLinkOptions);
    /** The data channel of a RoomMesh. @type {RTCDataChannel | undefined} */ channel: RTCDataChannel | undefined;
    /** What the peer shows of itself, kept by a RoomMesh. @type {any} */ meta: any;
    peer: string;
    n: number | undefined;
    room: string | undefined;
    polite: boolean;
    pc: RTCPeerConnection;
    /** The state of the connection; `closed` after close. */
    get state(): RTCPeerConnectionState;
    /** Restarts ICE, once there is something to restart. */
    restart(): void;
    /** Sends the offer once more that may have been lost. @internal */
    offerAgain(): void;
    /**
     * Takes a signal; those that are not this link's are ignored. Links hear the client themselves: only a signal from
     * before the link was made is handed over.
     * @param {SignalEvent} signal
     */
    receive(signal: SignalEvent): void;
    /**
     * The peer came back as incarnation n, which is a different peer.
     * @internal
     * @param {number} n
     */
    supersede(n: number): void;
    /**
     * Closes the link, and tells the other side unless `bye` is false.
     * @param {{bye?: boolean, reason?: string}} [options]
     */
    close({ bye, reason }?: {
        bye?: boolean;
        reason?: string;
    }): void;
    #private;
}
export type SignalEvent = import("./options.js").SignalEvent;
export type PeerLinkOptions = {
    peer: string;
    /**
     * The incarnation; absent: that of its first signal.
     */
    n?: number | undefined;
    /**
     * Signals go within that room.
     */
    room?: string | undefined;
    /**
     * Absent: by the protocol's rule, the greater id is polite.
     */
    polite?: boolean | undefined;
    /**
     * Its iceServers are the client's unless given.
     */
    config?: RTCConfiguration | undefined;
    /**
     * Absent: the global one.
     */
    RTCPeerConnection?: {
        new (configuration?: RTCConfiguration): RTCPeerConnection;
        prototype: RTCPeerConnection;
        generateCertificate(keygenAlgorithm: AlgorithmIdentifier): Promise<RTCCertificate>;
    } | undefined;
    /**
     * Runs before any negotiation.
     */
    setup?: ((link: PeerLink) => void) | undefined;
};
export type PeerLinkEvents = {
    track: {
        track: MediaStreamTrack;
        streams: readonly MediaStream[];
        transceiver: RTCRtpTransceiver;
        receiver: RTCRtpReceiver;
    };
    datachannel: {
        channel: RTCDataChannel;
    };
    state: {
        state: RTCPeerConnectionState;
    };
    replaced: {
        peer: string;
        n: number;
    };
    closed: {
        reason: string;
    };
    error: {
        error: unknown;
    };
};
import { Emitter } from './emitter.js';
