import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pending } from '../pending.js';
import { places } from './places.js';

/** A Pending, what it sent since last asked, and the results of its calls by name. */
function fixture({ window = 4, maxQueue = 8, attach = true, maxFrame, members = {} } = {}) {
  const sent = [];
  let last = 0;
  const ids = { get nextId() { return last + 1; }, takeId: () => ++last };
  const pending = new Pending({ maxQueue, ids, audience: places(members), send: (text) => sent.push(JSON.parse(text)) });
  const results = {};
  const call = (name, frame) => pending.call({ type: 'signal', kind: name, ...frame }).then(
    (answer) => { results[name] = answer.type; },
    (error) => { results[name] = error.code; },
  );
  const take = () => sent.splice(0).map((frame) => `${frame.id}${frame.again ? '!' : ''}:${frame.kind ?? frame.type}`);
  const ack = (id) => pending.answered({ type: 'ack', id })?.resolve({ type: 'ack', id });
  const unavailable = (id, retryAfter) => pending.answered({ type: 'error', id, code: 'unavailable', retry_after: retryAfter });
  if (attach) pending.attach({ window, maxFrame });
  return { pending, call, take, ack, unavailable, results };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('at most window ids are unanswered, in order', () => {
  const { call, take, ack } = fixture({ window: 2 });
  for (const name of ['a', 'b', 'c', 'd']) call(name, { to: 'bob' });
  assert.deepEqual(take(), ['1:a', '2:b']);
  ack(2);
  assert.deepEqual(take(), ['3:c']);
  ack(2);
  assert.deepEqual(take(), []);
  ack(1);
  assert.deepEqual(take(), ['4:d']);
});

test('no new id is 64 or more above the lowest unanswered', () => {
  const { call, take, ack } = fixture({ window: 32, maxQueue: 100 });
  for (let i = 1; i <= 80; i++) call(`${i}`, { to: 'bob' });
  for (let id = 2; id <= 64; id++) ack(id);
  const sent = take();
  assert.equal(sent.at(-1), '64:64');
  ack(1);
  assert.equal(take().length, 16);
});

test('a new socket gets the unanswered ones again, first and in order, within its window', () => {
  const { pending, call, take, ack } = fixture({ window: 3 });
  for (const name of ['a', 'b', 'c', 'd']) call(name, { to: name });
  take();
  ack(2);
  assert.deepEqual(take(), ['4:d']);
  pending.detach();
  call('e', { to: 'e' });
  assert.deepEqual(take(), []);
  pending.attach({ window: 3 });
  assert.deepEqual(take(), ['1!:a', '3!:c', '4!:d']);
  ack(1);
  assert.deepEqual(take(), ['5:e']);
});

test('the queue is bounded, frames are bounded, data must be JSON', async () => {
  const { call, results, pending } = fixture({ maxQueue: 2, attach: false });
  const calls = ['a', 'b', 'c'].map((name) => call(name, {}));
  await calls[2];
  assert.deepEqual(results, { c: 'queue_full' });
  const circle = {};
  circle.circle = circle;
  pending.fail(Object.assign(new Error('over'), { code: 'closed' }));
  await call('d', { data: circle });
  pending.attach({ maxFrame: 100 });
  await call('e', { data: 'é'.repeat(40) });
  assert.deepEqual(results, { a: 'closed', b: 'closed', c: 'queue_full', d: 'bad_argument', e: 'too_large' });
});

test('what a call says is taken when it is made', () => {
  const { pending, call, take } = fixture({ attach: false });
  const data = { kind: 'first' };
  call('a', data);
  data.kind = 'second';
  pending.attach({});
  assert.deepEqual(take(), ['1:first']);
});

test('unavailable: again after its time, before anything new to that peer, in order', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { call, take, ack, unavailable } = fixture({ window: 8 });
  call('a', { to: 'bob' });
  call('b', { to: 'bob' });
  take();
  unavailable(1, 2);
  unavailable(2, 1);
  call('c', { to: 'bob' });
  call('d', { to: 'carol' });
  call('e', { room: 'r' });
  assert.deepEqual(take(), ['3:d']);
  t.mock.timers.tick(1999);
  assert.deepEqual(take(), []);
  t.mock.timers.tick(1);
  assert.deepEqual(take(), ['1!:a']);
  ack(1);
  assert.deepEqual(take(), ['2!:b']);
  ack(2);
  assert.deepEqual(take(), ['4:c', '5:e']);
});

test('what waits holds back what may reach the same peers, also before it has an id', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { call, take, ack, unavailable } = fixture({ window: 8, members: { r: ['bob', 'dave'], s: ['bob'], q: ['erin'] } });
  call('j', { type: 'join', kind: undefined, room: 'r' });
  take();
  unavailable(1, 1);
  for (const [name, frame] of Object.entries({
    a: { room: 'r' }, b: { to: 'bob' }, c: { to: 'carol' }, d: { to: 'dave' }, e: { room: 's' }, f: { room: 'q' },
  })) call(name, frame);
  assert.deepEqual(take(), ['2:c', '3:f']);
  t.mock.timers.tick(1000);
  assert.deepEqual(take(), ['1!:join']);
  ack(1);
  assert.deepEqual(take(), ['4:a', '5:b', '6:d', '7:e']);
  unavailable(4, 1);
  call('g', { to: 'carol' });
  assert.deepEqual(take(), []);
  t.mock.timers.tick(1000);
  assert.deepEqual(take(), ['4!:a']);
  ack(4);
  assert.deepEqual(take(), ['8:g']);
});

test('unavailable survives a new socket: its time still holds', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { pending, call, take, unavailable } = fixture();
  call('a', { to: 'bob' });
  call('b', { to: 'carol' });
  take();
  unavailable(1, 5);
  pending.detach();
  t.mock.timers.tick(1000);
  pending.attach({});
  assert.deepEqual(take(), ['2!:b']);
  t.mock.timers.tick(4000);
  assert.deepEqual(take(), ['1!:a']);
});

test('another session: sent signals fail, joins go anew and first, leaves and renewals are done', async () => {
  const { pending, call, take, results } = fixture({ window: 4 });
  call('s', { to: 'bob' });
  call('j', { type: 'join', kind: undefined, room: 'r' });
  call('l', { type: 'leave', kind: undefined, room: 'q' });
  call('n', { type: 'renew', kind: undefined, token: 't' });
  call('w', { to: 'bob' });
  take();
  pending.detach();
  pending.renew();
  assert.equal(pending.joinsFirst('r'), true);
  pending.attach({});
  assert.deepEqual(take(), ['5:join', '6:w']);
  await settled();
  assert.deepEqual(results, { s: 'session_lost', l: undefined, n: undefined });
});

test('no timer is left behind', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { pending, call, take, unavailable } = fixture();
  call('a', { to: 'bob' });
  unavailable(1, 1);
  take();
  pending.fail(new Error('over'));
  t.mock.timers.tick(5000);
  assert.deepEqual(take(), []);
});
