/**
 * Gathering knows whether a connection has found its first candidate. Chromium, where its first offer is rolled back
 * earlier than that, gathers for ever and finds none, not even after an ICE restart.
 */
export class Gathering {
    /** A candidate was found, or there is no more need to wait. */
    begin(): void;
    /** Resolves when a candidate was found, after a second at the latest. */
    begun(): Promise<void>;
    #private;
}
