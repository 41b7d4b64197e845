/** An audience of who is in which room, by arrays of peers. */
export function places(members) {
  const hears = (room, peer) => (members[room] ?? []).includes(peer);
  return { hears, meet: (a, b) => (members[a] ?? []).some((peer) => hears(b, peer)) };
}
