/**
 * Call is a frame that wants an answer. `body` is its JSON without id, taken when the call was made.
 * @typedef {object} Call
 * @property {'join' | 'leave' | 'roster' | 'signal' | 'renew'} type
 * @property {string} [to]
 * @property {string} [room]
 * @property {string} body
 * @property {number} [id] Given when it is first sent.
 * @property {boolean} sent It is on the current socket, unanswered.
 * @property {boolean} again It was sent before.
 * @property {boolean} retrying It was answered `unavailable`: what it holds back waits for its final answer.
 * @property {boolean} own It is the SDK's, not the user's.
 * @property {boolean} first It precedes what the user queued: a call of the SDK's own, or one of a lost session.
 * @property {number} notBefore Milliseconds, as Date.now.
 * @property {(frame: any) => void} resolve
 * @property {(error: Error) => void} reject
 */
/**
 * Pending holds the calls that are not answered: those sent, in the order of their ids, and those that wait to be. It
 * keeps the window, sends again what must be, and keeps the order per receiver (protocol sections 3 and 5).
 */
export class Pending {
    /**
     * @param {object} options
     * @param {number} options.maxQueue
     * @param {{nextId: number, takeId: () => number}} options.ids
     * @param {import('./held.js').Audience} options.audience
     * @param {(text: string) => void} options.send
     */
    constructor({ maxQueue, ids, audience, send }: {
        maxQueue: number;
        ids: {
            nextId: number;
            takeId: () => number;
        };
        audience: import("./held.js").Audience;
        send: (text: string) => void;
    });
    /**
     * Adds a call and resolves with the frame that answers it. `own` calls are the SDK's: they go first and are not
     * counted against maxQueue, their number being bounded by that of the rooms.
     * @param {{type: Call['type'], to?: string, room?: string} & Record<string, unknown>} frame
     * @param {{own?: boolean}} [options]
     * @returns {Promise<any>}
     */
    call(frame: {
        type: Call["type"];
        to?: string;
        room?: string;
    } & Record<string, unknown>, { own }?: {
        own?: boolean;
    }): Promise<any>;
    /**
     * Whether a join of the room is about to go before everything that the user queued.
     * @param {string} room
     */
    joinsFirst(room: string): boolean;
    /**
     * A new socket is open for frames: everything unanswered goes again first, in the old order.
     * @param {{window?: number, maxFrame?: number}} limits
     */
    attach({ window, maxFrame }: {
        window?: number;
        maxFrame?: number;
    }): void;
    /** The socket is gone. */
    detach(): void;
    /**
     * The session is another: signals sent in the old one fail, as sending them again could double them; what can be
     * repeated without harm is queued anew, before everything else. Call it before attach.
     */
    renew(): void;
    /**
     * The call that a frame answers, which is then no longer pending; undefined for an answer to nothing, and for
     * `unavailable`, which answers nothing yet. The caller settles it.
     * @param {import('./options.js').Frame} frame
     * @returns {Call | undefined}
     */
    answered(frame: import("./options.js").Frame): Call | undefined;
    /**
     * Ends every call.
     * @param {Error} error
     */
    fail(error: Error): void;
    #private;
}
/**
 * Call is a frame that wants an answer. `body` is its JSON without id, taken when the call was made.
 */
export type Call = {
    type: "join" | "leave" | "roster" | "signal" | "renew";
    to?: string | undefined;
    room?: string | undefined;
    body: string;
    /**
     * Given when it is first sent.
     */
    id?: number | undefined;
    /**
     * It is on the current socket, unanswered.
     */
    sent: boolean;
    /**
     * It was sent before.
     */
    again: boolean;
    /**
     * It was answered `unavailable`: what it holds back waits for its final answer.
     */
    retrying: boolean;
    /**
     * It is the SDK's, not the user's.
     */
    own: boolean;
    /**
     * It precedes what the user queued: a call of the SDK's own, or one of a lost session.
     */
    first: boolean;
    /**
     * Milliseconds, as Date.now.
     */
    notBefore: number;
    resolve: (frame: any) => void;
    reject: (error: Error) => void;
};
