/** Watch is what a link does when its client's connection changes, or its peer comes back as another. */
export class Watch {
    /**
     * @param {import('./client.js').AldisClient} client
     * @param {import('./negotiation.js').PeerLink} link
     * @param {RTCConfiguration} config
     */
    constructor(client: import("./client.js").AldisClient, link: import("./negotiation.js").PeerLink, config: RTCConfiguration);
    stop(): void;
    #private;
}
