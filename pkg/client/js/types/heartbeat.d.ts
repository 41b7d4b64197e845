/**
 * Heartbeat watches that frames keep coming: after `interval` seconds without one it asks for a ping, after `grace` more
 * it calls the connection dead (protocol section 4).
 */
export class Heartbeat {
    /**
     * @param {object} options
     * @param {number} options.interval Seconds.
     * @param {number} options.grace Seconds.
     * @param {() => void} options.ping
     * @param {() => void} options.dead
     */
    constructor({ interval, grace, ping, dead }: {
        interval: number;
        grace: number;
        ping: () => void;
        dead: () => void;
    });
    /** A frame came. */
    touch(): void;
    stop(): void;
    #private;
}
