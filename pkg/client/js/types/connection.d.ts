/**
 * How a connection ended. `code` 1006 stands for everything without a close frame.
 * @typedef {{code: number, reason: string, opened: boolean, retryAfter?: number}} Ending
 */
/**
 * @typedef {object} ConnectionHandlers
 * @property {() => object} hello Makes the hello, at the moment it is sent.
 * @property {(frame: import('./options.js').Frame) => void} welcome
 * @property {(frame: import('./options.js').Frame) => void} frame Any frame after the welcome.
 * @property {(ending: Ending) => void} end Called once, never after retire.
 */
/** Connection is one socket: its hello and welcome, its heartbeat, its end. */
export class Connection {
    /**
     * Opens a socket. Throws where the URL or the token cannot be used for one.
     * @param {object} options
     * @param {string} options.url
     * @param {string} [options.token]
     * @param {import('./options.js').WebSocketConstructor} options.WebSocket
     * @param {number} options.timeout Seconds until the welcome.
     * @param {number} options.grace Seconds to wait for a frame after a ping.
     * @param {ConnectionHandlers} handlers
     */
    constructor({ url, token, WebSocket, timeout, grace }: {
        url: string;
        token?: string | undefined;
        WebSocket: import("./options.js").WebSocketConstructor;
        timeout: number;
        grace: number;
    }, handlers: ConnectionHandlers);
    /** A hello with `resume` went out elsewhere for the session this socket has: a 4008 here is of our own making. */
    handedOver: boolean;
    /** The hello was sent. */
    greeted: boolean;
    welcomed: boolean;
    /**
     * Sends a frame; without effect on a socket that is not open.
     * @param {string} text
     */
    send(text: string): void;
    /** Starts the closing handshake; `end` follows. */
    close(): void;
    /** Lets the socket go: nothing that it still says is heard. */
    retire(): void;
    #private;
}
/**
 * How a connection ended. `code` 1006 stands for everything without a close frame.
 */
export type Ending = {
    code: number;
    reason: string;
    opened: boolean;
    retryAfter?: number;
};
export type ConnectionHandlers = {
    /**
     * Makes the hello, at the moment it is sent.
     */
    hello: () => object;
    welcome: (frame: import("./options.js").Frame) => void;
    /**
     * Any frame after the welcome.
     */
    frame: (frame: import("./options.js").Frame) => void;
    /**
     * Called once, never after retire.
     */
    end: (ending: Ending) => void;
};
