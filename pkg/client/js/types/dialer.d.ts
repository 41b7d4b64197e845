/** @typedef {import('./backoff.js').Verdict} Verdict */
/** @typedef {{code: number, reason: string, verdict: Verdict, retryAfter?: number}} Loss */
/**
 * @typedef {object} DialerHandlers
 * @property {(resuming: () => void) => object} hello Makes the hello; calls `resuming` if it resumes.
 * @property {(frame: import('./options.js').Frame) => void} welcome A new current connection has it.
 * @property {(frame: import('./options.js').Frame) => void} frame
 * @property {(loss: {code: number, reason: string, retryIn: number}) => void} down No connection is current.
 * @property {(loss: {code: number, reason: string}) => void} closed For good.
 */
/** @typedef {ReturnType<typeof import('./options.js').dialing>} DialerOptions */
/**
 * Dialer keeps one current connection: it opens the first, replaces one that failed, and moves to another gateway
 * before the old one goes (make before break).
 */
export class Dialer {
    /**
     * @param {DialerOptions} options
     * @param {DialerHandlers} handlers
     */
    constructor(options: DialerOptions, handlers: DialerHandlers);
    /** Opens the first connection. */
    start(): void;
    /**
     * Sends on the current connection, if there is one.
     * @param {string} text
     */
    send(text: string): void;
    /**
     * Moves to another connection while the current one still works, at a moment in the first half of `within`: the
     * sessions of a gateway that drains do not all move at once, and there is time for a second try.
     * @param {number} within Seconds.
     */
    move(within: number): void;
    /** Says bye and waits for the close, at most closeTimeout; `closed` follows. */
    close(): void;
    #private;
}
export type Verdict = import("./backoff.js").Verdict;
export type Loss = {
    code: number;
    reason: string;
    verdict: Verdict;
    retryAfter?: number;
};
export type DialerHandlers = {
    /**
     * Makes the hello; calls `resuming` if it resumes.
     */
    hello: (resuming: () => void) => object;
    /**
     * A new current connection has it.
     */
    welcome: (frame: import("./options.js").Frame) => void;
    frame: (frame: import("./options.js").Frame) => void;
    /**
     * No connection is current.
     */
    down: (loss: {
        code: number;
        reason: string;
        retryIn: number;
    }) => void;
    /**
     * For good.
     */
    closed: (loss: {
        code: number;
        reason: string;
    }) => void;
};
export type DialerOptions = ReturnType<typeof import("./options.js").dialing>;
