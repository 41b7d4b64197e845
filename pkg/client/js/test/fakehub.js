import { Emitter } from '../emitter.js';
import { AldisError } from '../errors.js';
import { turns } from './fakepc.js';

/** Hub passes signals between clients in memory: in order between two, with delays drawn from `random`. */
export class Hub {
  clients = new Map();
  /** Members by room: peer to meta. */
  members = new Map();
  #versions = new Map();

  constructor(random) {
    this.random = random;
  }

  /** A client with what a PeerLink uses of AldisClient. */
  client(peer, n = 1) {
    const client = new HubClient(this, peer, n);
    this.clients.set(peer, client);
    return client;
  }

  /** Changes a room and tells its other members. */
  change(room, event, { peer, n }, meta) {
    const members = this.members.get(room) ?? new Map();
    this.members.set(room, members);
    const v = (this.#versions.get(room) ?? 0) + 1;
    this.#versions.set(room, v);
    if (event === 'leave') members.delete(peer);
    else members.set(peer, { peer, n, meta });
    for (const other of members.keys()) {
      if (other === peer) continue;
      const client = this.clients.get(other);
      const view = client.rooms.get(room);
      if (event === 'leave') view.peers.delete(peer);
      else view.peers.set(peer, { peer, n, meta, polite: other > peer });
      client.emit('presence', { room, event, peer, n, meta, v, polite: other > peer });
    }
    const others = [...members.values()].filter((member) => member.peer !== peer);
    return { room, v, peers: others.map((member) => ({ ...member, polite: peer > member.peer })) };
  }
}

class HubClient extends Emitter {
  iceServers = [{ urls: 'stun:a' }];
  state = 'connected';
  rooms = new Map();
  sent = [];
  /** Errors to give to the next signals, by kind. */
  refuse = new Map();
  #lines = new Map();
  #seq = 0;

  constructor(hub, peer, n) {
    super();
    Object.assign(this, { hub, peer, n, session: `${peer}-${n}` });
  }

  async join(room, { meta }) {
    const list = this.hub.change(room, 'join', this, meta);
    this.rooms.set(room, { room, peers: new Map(list.peers.map((member) => [member.peer, member])) });
    await turns(this.hub.random() * 5);
    return list;
  }

  async leave(room) {
    this.hub.change(room, 'leave', this);
    this.rooms.delete(room);
  }

  async signal({ to, toN, room, kind, data }) {
    this.sent.push({ to, toN, kind, data });
    const refused = this.refuse.get(kind)?.shift();
    const message = structuredClone({ from: this.peer, n: this.n, polite: to > this.peer, room, kind, data });
    const line = this.#lines.get(to) ?? Promise.resolve();
    const taken = line.then(() => turns(this.hub.random() * 3));
    if (!refused) {
      this.#lines.set(to, taken.then(() => this.hub.clients.get(to)?.receive(message, toN)));
    }
    await taken;
    if (refused) throw refused;
    const receiver = this.hub.clients.get(to);
    if (!receiver || (toN !== undefined && receiver.n !== toN)) throw new AldisError('no_such_peer');
    return { id: 1, status: 'sent' };
  }

  receive(message, toN) {
    if (toN !== undefined && toN !== this.n) return;
    this.emit('signal', { ...message, seq: ++this.#seq });
  }
}
