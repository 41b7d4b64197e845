import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomMesh } from '../aldis.js';
import { Hub } from './fakehub.js';
import { fakePeerConnection, seeded, turns } from './fakepc.js';

function fixture(seed) {
  const random = seeded(seed);
  const hub = new Hub(random);
  const RTCPeerConnection = fakePeerConnection(random);
  const log = [];
  const mesh = (peer, n, options) => {
    const made = new RoomMesh(hub.client(peer, n), 'lobby', { RTCPeerConnection, meta: { name: peer }, ...options });
    for (const name of ['link', 'unlink']) made.on(name, ({ detail }) => log.push([peer, name, detail.peer, detail.reason ?? detail.n]));
    return made;
  };
  return { random, hub, mesh, log };
}

const connected = (mesh, count) => mesh.links.size === count && [...mesh.links.values()].every((link) => link.state === 'connected');

async function until(condition, message) {
  for (let waited = 0; !condition(); waited++) {
    assert.ok(waited < 3000, message());
    await turns(1);
  }
}

test('everybody is linked with everybody, by one negotiated channel each', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { mesh } = fixture(seed);
    const meshes = ['alice', 'bob', 'carol', 'dave'].map((peer) => mesh(peer));
    await Promise.all(meshes.map((one) => one.join()));
    await until(() => meshes.every((one) => connected(one, 3)), () => `seed ${seed}`);
    for (const one of meshes) {
      for (const link of one.links.values()) {
        assert.deepEqual([link.channel.label, link.channel.negotiated, link.channel.id, link.pc.channels], ['aldis', true, 0, 1]);
        assert.deepEqual(link.meta, { name: link.peer });
      }
    }
  }
});

test('who leaves is unlinked, who comes back is another', async () => {
  const { mesh, log } = fixture(3);
  const [alice, bob] = [mesh('alice'), mesh('bob')];
  await alice.join();
  await bob.join();
  await until(() => connected(alice, 1) && connected(bob, 1), () => 'no link');
  await bob.leave();
  await until(() => alice.links.size === 0, () => 'still linked');
  const again = mesh('bob', 2);
  await again.join();
  await until(() => connected(alice, 1) && connected(again, 1), () => 'no link');
  assert.equal(alice.links.get('bob').n, 2);
  const [reason] = log.filter(([who, what]) => who === 'alice' && what === 'unlink').map((entry) => entry[3]);
  assert.ok(reason === 'bye' || reason === 'left', reason);
});

test('an offer that comes before the presence makes the link, a list without its peer does not end it', async () => {
  const { hub, mesh, log } = fixture(4);
  const alice = mesh('alice');
  await alice.join();
  const client = hub.clients.get('alice');
  const sdp = JSON.stringify({ id: 1, ufrag: 'ux', channels: 1 });
  hub.clients.set('bob', { n: 4, receive() {} });
  client.emit('signal', { seq: 1, from: 'bob', n: 4, polite: false, room: 'elsewhere', kind: 'offer', data: { type: 'offer', sdp } });
  client.emit('signal', { seq: 2, from: 'bob', n: 4, polite: false, room: 'lobby', kind: 'candidate', data: {} });
  assert.equal(alice.links.size, 0);
  client.emit('signal', { seq: 3, from: 'bob', n: 4, polite: false, room: 'lobby', kind: 'offer', data: { type: 'offer', sdp } });
  assert.equal(alice.links.get('bob').n, 4);
  client.emit('roster', { room: 'lobby', v: 1, peers: [] });
  assert.equal(alice.links.size, 1);
  client.emit('presence', { room: 'lobby', event: 'join', peer: 'bob', n: 4, v: 2, polite: false });
  client.emit('roster', { room: 'lobby', v: 3, peers: [] });
  assert.deepEqual(log, [['alice', 'link', 'bob', 4], ['alice', 'unlink', 'bob', 'left']]);
});

test('another incarnation of a member replaces its link', async () => {
  const { hub, mesh, log } = fixture(5);
  const alice = mesh('alice');
  await alice.join();
  hub.change('lobby', 'join', { peer: 'bob', n: 1 });
  hub.change('lobby', 'join', { peer: 'bob', n: 2 });
  assert.deepEqual(log.map((entry) => entry.slice(1)), [['link', 'bob', 1], ['unlink', 'bob', 'replaced'], ['link', 'bob', 2]]);
});

test('the room lost, the client closed: no link is left', async () => {
  for (const [name, detail] of [['roomlost', { room: 'lobby', code: 'forbidden' }], ['closed', { code: 4005, reason: 'kicked' }]]) {
    const { hub, mesh } = fixture(6);
    const alice = mesh('alice');
    await alice.join();
    hub.change('lobby', 'join', { peer: 'bob', n: 1 });
    assert.equal(alice.links.size, 1);
    hub.clients.get('alice').emit(name, detail);
    assert.equal(alice.links.size, 0);
    hub.clients.get('alice').emit('presence', { room: 'lobby', event: 'join', peer: 'carol', n: 1, v: 9 });
    assert.equal(alice.links.size, 0);
  }
});
