/** The main way: add, segments, manifest, completed; and again after a kill. */
import { describe, expect, it } from 'vitest';
import { parseManifest, segmentsOf } from '../../src/core/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { createUploadEngine, type UploadEngineOptions } from '../../src/upload/index.js';

const MiB = 1_048_576;

function engineOn(ports: TestPorts, more: Partial<UploadEngineOptions> = {}) {
  return createUploadEngine({ ...ports, scope: 'anna', ...more });
}

describe('createUploadEngine', () => {
  it('brings a file to the store, byte for byte', async () => {
    const ports = createTestPorts();
    await ports.addFile('/videos/sunset.mp4', 5 * MiB + 7);
    const engine = engineOn(ports);
    await engine.start();
    const upload = await engine.add('/videos/sunset.mp4', { title: 'Sunset' }, { videoId: 'sunset' });
    const manifest = await ports.clock.runUntil(upload.completed());
    expect(manifest).toMatchObject({ videoId: 'sunset', uploadId: upload.id, segmentCount: 11, sizeBytes: 5 * MiB + 7 });
    const stored = parseManifest((await ports.readBlob('sunset/manifest.json')) ?? new Uint8Array());
    const whole: Uint8Array[] = [];
    for (const segment of segmentsOf(stored)) whole.push((await ports.readBlob(`sunset/${segment.url}`)) as Uint8Array);
    expect(Buffer.concat(whole).equals((await ports.readFile('/videos/sunset.mp4')) as Uint8Array)).toBe(true);
    expect(upload.state()).toEqual({ status: 'completed', manifestKey: 'sunset/manifest.json' });
    expect(upload.progress().fraction).toBe(1);
    await engine.stop();
    expect(ports.clock.pendingTimers()).toBe(0);
  });

  it('goes on after a kill', async () => {
    let ports = createTestPorts();
    await ports.addFile('/a.mp4', 8 * MiB);
    let engine = engineOn(ports);
    await engine.start();
    const id = await engine.addToUploadQueue('/a.mp4', {}, { videoId: 'a' });
    const first = new Promise<void>((resolve) => {
      let count = 0;
      engine.get(id).on('segment', () => {
        count += 1;
        if (count === 5) resolve();
      });
    });
    await ports.clock.runUntil(first);
    ports = ports.restart();
    engine = engineOn(ports);
    await engine.start();
    expect(engine.get(id).item().acknowledgedBytes).toBeGreaterThanOrEqual(5 * 524_288);
    const manifest = await ports.clock.runUntil(engine.get(id).completed());
    expect(manifest.segmentCount).toBe(16);
    expect(engine.report().bytesSent).toBeLessThanOrEqual(11 * 524_288);
    await engine.stop();
  });
});
