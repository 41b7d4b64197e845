import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectURL, parseRetryAfter } from '../address.js';
import { Backoff, reasonOf, refusalVerdict, verdict } from '../backoff.js';

test('close codes are judged by their range', () => {
  const judged = (...codes) => [...new Set(codes.map(verdict))];
  assert.deepEqual(judged(1000, 4000, 4001, 4008, 4050, 4099), ['final']);
  assert.deepEqual(judged(4200, 4204, 4250, 4299), ['now']);
  assert.deepEqual(judged(1001, 1002, 1005, 1006, 1009, 1011, 1013, 3000, 4100, 4105, 4199, 4300, 4999), ['backoff']);
  assert.equal(reasonOf(4105), 'peer_taken');
  assert.equal(reasonOf(4999), '');
});

test('refused handshakes are judged by status and code', () => {
  for (const [status, code] of [[400, ''], [401, 'unauthorized'], [403, 'forbidden'], [404, 'unknown_app']]) {
    assert.equal(refusalVerdict(status, code), 'final', `${status}`);
  }
  for (const [status, code] of [[404, ''], [429, 'rate_limited'], [500, ''], [502, ''], [503, 'draining']]) {
    assert.equal(refusalVerdict(status, code), 'backoff', `${status}`);
  }
});

test('full jitter under an exponential ceiling, added to retry_after', () => {
  let drawn = 1;
  const backoff = new Backoff({ base: 0.5, cap: 4, random: () => drawn });
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next('backoff')), [0.5, 1, 2, 4, 4]);
  drawn = 0;
  assert.equal(backoff.next('backoff'), 0);
  assert.equal(backoff.next('backoff', 7), 7);
  drawn = 0.5;
  backoff.reset();
  assert.equal(backoff.next('backoff', 7), 7.25);
  for (let i = 0; i < 5000; i++) backoff.next('backoff');
  assert.equal(backoff.next('backoff'), 2);
});

test('at once, but not for ever', () => {
  const backoff = new Backoff({ base: 1, cap: 8, random: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next('now')), [0, 0, 0, 1, 2]);
  backoff.reset();
  assert.equal(backoff.next('now'), 0);
  assert.equal(backoff.next('now', 3), 3);
});

test('Retry-After is seconds or a date', () => {
  assert.equal(parseRetryAfter('2'), 2);
  assert.equal(parseRetryAfter('0.25'), 0.25);
  assert.equal(parseRetryAfter(new Date(20_000).toUTCString(), 5_000), 15);
  assert.equal(parseRetryAfter(new Date(1_000).toUTCString(), 5_000), 0);
  assert.equal(parseRetryAfter('soon'), undefined);
  assert.equal(parseRetryAfter(null), undefined);
  assert.equal(parseRetryAfter('99999999999'), 86400);
});

test('the URL', () => {
  assert.equal(connectURL('wss://a.example'), 'wss://a.example/v1/connect');
  assert.equal(connectURL('https://a.example/x/', 'shop'), 'wss://a.example/x/v1/connect?app=shop');
  assert.equal(connectURL('http://a.example/v1/connect?app=a#f', 'b'), 'ws://a.example/v1/connect?app=b');
  for (const url of ['ftp://a.example', 'nowhere', 'wss://user:word@a.example']) {
    assert.throws(() => connectURL(url), { code: 'bad_argument' });
  }
});
