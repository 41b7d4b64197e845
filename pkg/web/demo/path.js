// SPDX-License-Identifier: Apache-2.0

/** @typedef {{ms?: number, kind: string}} Path `kind`: how the candidates came about, `host`, `srflx`, `prflx` or `relay`. */

/**
 * The path that ICE has selected, with its round-trip time; undefined where there is none yet.
 * @param {RTCPeerConnection} pc
 * @returns {Promise<Path | undefined>}
 */
export async function selectedPath(pc) {
  /** @type {Map<string, any>} */
  const stats = new Map();
  (await pc.getStats()).forEach((report) => stats.set(report.id, report));
  const reports = [...stats.values()];
  const transport = reports.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
  // Firefox marks the pair and has no transport report.
  const pair = stats.get(transport?.selectedCandidatePairId) ?? reports.find(({ type, selected }) => type === 'candidate-pair' && selected);
  if (!pair) return undefined;
  const seconds = pair.currentRoundTripTime;
  const relayed = [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id)?.candidateType);
  return {
    ms: typeof seconds === 'number' ? seconds * 1000 : undefined,
    kind: relayed.includes('relay') ? 'relay' : relayed[0] ?? 'unknown',
  };
}
