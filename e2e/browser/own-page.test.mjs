// The README's page: a file on another origin that loads the SDK from the gateway.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import test from 'node:test';
import { launch, open } from './chromium.mjs';

const demo = new URL(process.env.ALDIS_DEMO);

/** The HTML snippet of the README, as it stands there but for the gateway's address. */
async function snippet() {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const html = /```html\n([\s\S]*?)```/.exec(readme)[1];
  return '<!doctype html><title>own page</title>' + html.replaceAll('127.0.0.1:8080', demo.host);
}

test('the page of the README works from another origin', { timeout: 120_000 }, async (t) => {
  const html = await snippet();
  const server = http.createServer((_, res) => res.setHeader('Content-Type', 'text/html').end(html));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    server.close();
  });
  const failures = [];
  const url = `http://127.0.0.1:${server.address().port}/`;
  const heard = [];
  const first = await open(browser, url, failures);
  first.on('console', (message) => heard.push(message.text()));
  await open(browser, url, failures);
  const until = Date.now() + 60_000;
  while (!heard.some((line) => line.includes('hello'))) {
    assert.ok(Date.now() < until, `no hello came: ${heard} ${failures}`);
    await first.waitForEvent('console', { timeout: 60_000 });
  }
  assert.deepEqual(failures, []);
});
