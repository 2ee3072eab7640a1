/** The store in Chromium, by the official SDK, with Google's emulator and its real CORS. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SuiteResult } from '../../src/conformance/index.js';
import { type PageServer, servePage, startChromium } from './browser.js';

const port = inject('firebasePort');
const VIDEO_BYTES = 5 * 524_288 + 77;

interface PageGlobals {
  runConformance(options: object): Promise<SuiteResult[]>;
  uploadVideo(options: object): Promise<{ readonly bytes: number; readonly wrong: number }>;
  codeOfRefusal(options: object): Promise<string[]>;
  abortUpload(options: object): Promise<{ readonly ended: string; readonly progress: number; readonly left: boolean }>;
}

describe.each(['fetch', 'xhr'])('in Chromium, read by %s', (transport) => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const run = <Name extends keyof PageGlobals>(name: Name, more: object = {}): ReturnType<PageGlobals[Name]> =>
    page.evaluate(
      ([called, options]) => (globalThis as unknown as { [name: string]: (of: object) => Promise<unknown> })[called]?.(options),
      [name, { port, transport, prefix: `${randomUUID()}/`, ...more }] as const,
    ) as ReturnType<PageGlobals[Name]>;

  beforeAll(async () => {
    server = await servePage();
    browser = await startChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(server.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('the public suite passes', async () => {
    const results = await run('runConformance');
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(35);
  });

  test('a video goes up by the engine, and comes back byte for byte', async () => {
    expect(await run('uploadVideo', { sizeBytes: VIDEO_BYTES })).toEqual({ bytes: VIDEO_BYTES, wrong: 0 });
  });

  test('what rules refuse is FORBIDDEN', async () => {
    expect(await run('codeOfRefusal')).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });

  test('an aborted upload of many pieces ends, and leaves nothing', async () => {
    const { ended, progress, left } = await run('abortUpload');
    expect({ ended, left }).toEqual({ ended: 'enough', left: true });
    expect(progress).toBeLessThan(20_000_000);
  });

  test('nothing was thrown past the page, and no header was asked for that is hidden', () => {
    expect(complaints.filter((text) => /unsafe header|uncaught|unhandled/i.test(text))).toEqual([]);
  });
});
