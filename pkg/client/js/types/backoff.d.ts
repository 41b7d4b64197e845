/**
 * The short name of a close code; empty for an unknown one.
 * @param {number} code
 */
export function reasonOf(code: number): string;
/**
 * The verdict on a WebSocket close code. An unknown code is judged by its range; 1000 without a bye of ours means done.
 * @param {number} code
 * @returns {Verdict}
 */
export function verdict(code: number): Verdict;
/**
 * The verdict on the HTTP status and problem code of a refused handshake (protocol section 2). A bare 404 may be a
 * proxy that is between two gateways, so only `unknown_app` is final.
 * @param {number} status
 * @param {string} code
 * @returns {Verdict}
 */
export function refusalVerdict(status: number, code: string): Verdict;
/** Backoff gives the waits before reconnects: full jitter under an exponential ceiling. */
export class Backoff {
    /**
     * @param {object} options Seconds.
     * @param {number} options.base
     * @param {number} options.cap
     * @param {() => number} options.random
     */
    constructor({ base, cap, random }: {
        base: number;
        cap: number;
        random: () => number;
    });
    /**
     * The wait in seconds before the next attempt, never less than the service asked for. Jitter is added to that
     * time, so that those who were sent away together do not come back together.
     * @param {Verdict} judged
     * @param {number} [retryAfter] Seconds.
     */
    next(judged: Verdict, retryAfter?: number): number;
    /** Starts over, after a connection that lasted. */
    reset(): void;
    #private;
}
/**
 * What a client does after a close (protocol section 5): `final` do not reconnect, `now` reconnect and resume at
 * once, `backoff` reconnect and resume after a full-jitter back-off.
 */
export type Verdict = "final" | "now" | "backoff";
