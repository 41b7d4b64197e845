// What the pages' tests share: a headless Chromium, and waiting for what a page shows.
import { chromium } from 'playwright-core';

/** Flags without which Chromium asks for the world outside, or for a sandbox that root has not. */
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args });

/** Opens a page whose errors end the test. */
export async function open(browser, url, failures) {
  const context = await browser.newContext();
  await context.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  const page = await context.newPage();
  page.on('pageerror', (error) => failures.push(`${url}: ${error.stack || error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(`${url}: ${message.text()}`);
  });
  await page.goto(url);
  return page;
}

/** Waits until an element with the test id and attributes is there. */
export const shows = (page, id, attributes = '') =>
  page.waitForSelector(`[data-testid="${id}"]${attributes}`, { state: 'attached', timeout: 30_000 });
