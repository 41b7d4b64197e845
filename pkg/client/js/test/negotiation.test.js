import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerLink } from '../aldis.js';
import { AldisError } from '../errors.js';
import { Hub } from './fakehub.js';
import { fakePeerConnection, seeded, turns } from './fakepc.js';

/** Two links to each other, and every error they report. */
function pair(seed, { setup } = {}) {
  const random = seeded(seed);
  const hub = new Hub(random);
  const RTCPeerConnection = fakePeerConnection(random);
  const [alice, bob] = [hub.client('alice'), hub.client('bob')];
  const a = new PeerLink(alice, { peer: 'bob', n: 1, RTCPeerConnection, setup });
  const b = new PeerLink(bob, { peer: 'alice', n: 1, RTCPeerConnection, setup });
  const errors = [];
  for (const link of [a, b]) link.on('error', ({ detail }) => errors.push(detail.error));
  return { random, hub, alice, bob, a, b, errors, RTCPeerConnection };
}

const quiet = ({ pc }) => pc.signalingState === 'stable' && pc.connectionState === 'connected';
const agreed = ({ a, b }) => quiet(a) && quiet(b)
  && [a.pc.currentRemote.sdp, b.pc.currentRemote.sdp].join() === [b.pc.currentLocal.sdp, a.pc.currentLocal.sdp].join();

const once = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

/** Waits until the condition holds and goes on holding; fails when that takes too long. */
async function settles(condition, message) {
  for (let held = 0, waited = 0; held < 20; waited++) {
    assert.ok(waited < 3000, message());
    await turns(1);
    held = condition() ? held + 1 : 0;
  }
}

const describe = ({ a, b, errors }) => JSON.stringify([a.pc.signalingState, a.pc.connectionState, b.pc.signalingState, b.pc.connectionState, errors.map(String)]);

test('the greater name is polite', () => {
  const { a, b } = pair(1);
  assert.deepEqual([a.polite, b.polite], [false, true]);
});

test('both offer at once: one rolls back, one channel is agreed on, in every order of events', async () => {
  let glares = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const links = pair(seed, { setup: (link) => link.pc.createDataChannel('aldis', { negotiated: true, id: 0 }) });
    await settles(() => agreed(links), () => `seed ${seed}: ${describe(links)}`);
    assert.deepEqual(links.errors.map(String), [], `seed ${seed}`);
    assert.equal(links.a.pc.rollbacks, 0, `seed ${seed}: the impolite side rolled back`);
    glares += links.b.pc.rollbacks;
  }
  assert.ok(glares > 50, `only ${glares} collisions were seen`);
});

test('restarts on both sides at any time end in agreement', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const links = pair(seed, { setup: (link) => link.pc.createDataChannel('aldis') });
    for (let i = 0; i < 6; i++) {
      await turns(links.random() * 20);
      (links.random() < 0.5 ? links.a : links.b).restart();
    }
    await settles(() => agreed(links), () => `seed ${seed}: ${describe(links)}`);
    // A candidate of a generation that was restarted away in the meantime may be refused; a description must not.
    assert.deepEqual(links.errors.filter((error) => error.name !== 'OperationError').map(String), [], `seed ${seed}`);
  }
});

test('the offer comes first, candidates in order, then end-of-candidates', async () => {
  const links = pair(7);
  links.a.pc.createDataChannel('aldis');
  await settles(() => agreed(links), () => describe(links));
  const kinds = links.alice.sent.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['offer', 'candidate', 'candidate', 'end-of-candidates']);
  assert.ok(links.alice.sent.every(({ to, toN }) => to === 'bob' && toN === 1));
  const [offer, candidate, , end] = links.alice.sent.map(({ data }) => data);
  assert.deepEqual(Object.keys(offer).sort(), ['sdp', 'type']);
  assert.deepEqual(Object.keys(candidate).sort(), ['candidate', 'sdpMLineIndex', 'sdpMid', 'usernameFragment']);
  assert.deepEqual(end, { candidate: '' });
});

test('an offer refused for the moment is sent again before its candidates', async () => {
  const links = pair(8);
  links.alice.refuse.set('offer', [new AldisError('rate_limited', '', 0.05)]);
  links.a.pc.createDataChannel('aldis');
  const connected = once(links.a, 'state');
  await connected;
  await settles(() => agreed(links), () => describe(links));
  assert.deepEqual(links.alice.sent.map(({ kind }) => kind), ['offer', 'offer', 'candidate', 'candidate', 'end-of-candidates']);
});

test('candidates that come before the description wait for it', async () => {
  const links = pair(9);
  const signal = { from: 'alice', n: 1, polite: true };
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'ux' };
  links.b.receive({ ...signal, seq: 1, kind: 'candidate', data: candidate });
  await turns(5);
  links.b.receive({ ...signal, seq: 2, kind: 'offer', data: { type: 'offer', sdp: JSON.stringify({ id: 1, ufrag: 'ux', channels: 1 }) } });
  await settles(() => quiet(links.b), () => describe(links));
  assert.deepEqual(links.errors, []);
});

test('another incarnation replaces the link, an older one is ignored', async () => {
  const links = pair(10);
  const offer = { from: 'bob', polite: false, kind: 'offer', data: { type: 'offer', sdp: '{}' } };
  links.a.receive({ ...offer, n: 0, seq: 1 });
  assert.notEqual(links.a.state, 'closed');
  const seen = [];
  links.a.on('replaced', ({ detail }) => seen.push(detail));
  links.a.on('closed', ({ detail }) => seen.push(detail));
  links.a.receive({ ...offer, n: 2, seq: 2 });
  assert.deepEqual(seen, [{ peer: 'bob', n: 2 }, { reason: 'replaced' }]);
  assert.equal(links.a.state, 'closed');
});

test('presence of another incarnation replaces the link', () => {
  const links = pair(11);
  const reasons = [];
  links.a.on('closed', ({ detail }) => reasons.push(detail.reason));
  links.alice.emit('presence', { room: 'r', event: 'join', peer: 'bob', n: 5, v: 2 });
  assert.deepEqual(reasons, ['replaced']);
});

test('bye ends the other side too', async () => {
  const links = pair(12);
  const closed = once(links.b, 'closed');
  links.a.close();
  assert.deepEqual((await closed).detail, { reason: 'bye' });
});

test('a peer that is gone closes the link', async () => {
  const links = pair(13);
  links.hub.clients.delete('bob');
  const closed = once(links.a, 'closed');
  links.a.pc.createDataChannel('aldis');
  assert.deepEqual((await closed).detail, { reason: 'no_such_peer' });
});

test('ICE is restarted when it failed, after a resume that finds it down, and for fresh servers', async () => {
  const links = pair(14, { setup: (link) => link.pc.createDataChannel('aldis') });
  await settles(() => agreed(links), () => describe(links));
  const ufrag = () => JSON.parse(links.a.pc.currentLocal.sdp).ufrag;
  const restarted = async (act) => {
    const before = ufrag();
    act();
    await settles(() => agreed(links) && ufrag() !== before, () => describe(links));
  };
  await restarted(() => links.a.pc.become('failed'));
  await restarted(() => {
    links.a.pc.become('disconnected');
    links.alice.emit('connected', { peer: 'alice', n: 1, session: 'alice-1', resumed: true });
  });
  await restarted(() => {
    links.alice.iceServers = [{ urls: 'stun:b' }];
    links.alice.emit('ice', { servers: links.alice.iceServers });
  });
  assert.deepEqual(links.a.pc.config.iceServers, [{ urls: 'stun:b' }]);
  const calm = ufrag();
  links.alice.emit('connected', { peer: 'alice', n: 1, session: 'alice-1', resumed: true });
  links.alice.emit('gap', {});
  await turns(50);
  assert.equal(ufrag(), calm, 'a link that is well was restarted');
});

test('after a gap an offer that was lost is sent again', async () => {
  const links = pair(15);
  const lose = links.hub.clients.get('bob');
  links.hub.clients.set('bob', { n: 1, receive() {} });
  links.a.pc.createDataChannel('aldis');
  await settles(() => links.a.pc.signalingState === 'have-local-offer', () => describe(links));
  links.hub.clients.set('bob', lose);
  links.alice.emit('gap', {});
  links.bob.emit('gap', {});
  await settles(() => links.a.pc.signalingState === 'stable', () => describe(links));
});

test('another session of our own closes the link', () => {
  const links = pair(16);
  const reasons = [];
  links.a.on('closed', ({ detail }) => reasons.push(detail.reason));
  links.alice.session = 'alice-2';
  links.alice.emit('connected', { peer: 'alice', n: 2, session: 'alice-2', resumed: false });
  assert.deepEqual(reasons, ['session_lost']);
});
