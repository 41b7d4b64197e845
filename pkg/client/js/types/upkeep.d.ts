/** Upkeep keeps the rooms joined and their lists whole, by calls that no user made. */
export class Upkeep {
    /**
     * @param {object} options
     * @param {import('./pending.js').Pending} options.pending
     * @param {import('./rooms.js').Rooms} options.rooms
     * @param {(room: string, code: string) => void} options.lost A room that is no longer joined.
     */
    constructor({ pending, rooms, lost }: {
        pending: import("./pending.js").Pending;
        rooms: import("./rooms.js").Rooms;
        lost: (room: string, code: string) => void;
    });
    /**
     * Joins a room again in a new session.
     * @param {string} room
     * @param {unknown} meta
     */
    rejoin(room: string, meta: unknown): void;
    /**
     * Asks for a list because an event is missing.
     * @param {string} room
     */
    refresh(room: string): void;
    #private;
}
