/** @typedef {{kind: string, data: unknown, generation: number}} Message */
/**
 * Trickle sends a link's descriptions and candidates: a description is kept by the service before anything that
 * belongs to it follows, candidates do not wait for each other. What was refused for the moment is sent again.
 */
export class Trickle {
    /**
     * @param {(kind: string, data: unknown) => Promise<unknown>} send
     * @param {(code: string) => void} fail The peer cannot be reached.
     */
    constructor(send: (kind: string, data: unknown) => Promise<unknown>, fail: (code: string) => void);
    /**
     * Sends a description. What waits of earlier ones is dropped: the description has its candidates.
     * @param {RTCSessionDescription} description
     */
    describe({ type, sdp }: RTCSessionDescription): void;
    /**
     * Sends a candidate; null: there are no more.
     * @param {RTCIceCandidate | null} candidate
     */
    candidate(candidate: RTCIceCandidate | null): void;
    stop(): void;
    #private;
}
export type Message = {
    kind: string;
    data: unknown;
    generation: number;
};
