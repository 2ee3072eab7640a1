/** What an app reads of an upload is one object for each change, so that views can subscribe and compare by identity. */
import { describe, expect, it } from 'vitest';
import { rawPackaging, type UploadHandle } from '../../src/upload/index.js';
import { portsWith, startOn } from './support.js';

const packaging = rawPackaging({ segmentBytes: 1_000 });

function views({ item, state, progress }: UploadHandle): readonly object[] {
  return [item(), state(), progress()];
}

describe('the snapshot of an upload', () => {
  it('stays the same object between two reads without a change', async () => {
    const { ports } = await portsWith({ bytes: 3_000 });
    const engine = await startOn(ports, { packaging });
    engine.configure({ enabled: false });
    const handle = await ports.clock.runUntil(engine.add('/a.mp4'));
    const [item, state, progress] = views(handle);
    expect(handle.item()).toBe(item);
    expect(handle.state()).toBe(state);
    expect(handle.progress()).toBe(progress);
    expect(engine.get(handle.id).item()).toBe(item);
    expect(engine.list()).toBe(engine.list());
    expect(engine.list()[0]).toBe(item);
    await ports.clock.runUntil(engine.stop());
  });

  it('is a new object after each kind of change, and keeps the parts that did not change', async () => {
    const { ports } = await portsWith({ bytes: 3_000 });
    const engine = await startOn(ports, { packaging });
    engine.configure({ enabled: false });
    const handle = await ports.clock.runUntil(engine.add('/a.mp4'));
    const [added, pending, none] = views(handle);
    const list = engine.list();
    await ports.clock.runUntil(handle.setPriority('high'));
    expect(handle.item()).not.toBe(added);
    expect(handle.item().priority).toBe('high');
    expect([handle.state(), handle.progress()]).toEqual([pending, none]);
    expect(handle.state()).toBe(pending);
    expect(handle.progress()).toBe(none);
    expect(engine.list()).not.toBe(list);
    const urgent = handle.item();
    await ports.clock.runUntil(handle.pause());
    expect(handle.state()).toEqual({ status: 'paused' });
    expect(handle.item()).not.toBe(urgent);
    expect(handle.progress()).toBe(none);
    await ports.clock.runUntil(engine.stop());
  });

  it('is what status and progress events carry', async () => {
    const { ports } = await portsWith({ bytes: 3_000 });
    const engine = await startOn(ports, { packaging });
    engine.configure({ enabled: false });
    const handle = await ports.clock.runUntil(engine.add('/a.mp4'));
    const seen: boolean[] = [];
    const items = new Set<object>([handle.item()]);
    handle.on('status', (state) => seen.push(state === handle.state()));
    handle.on('progress', (progress) => {
      seen.push(progress === handle.progress());
      items.add(handle.item());
    });
    engine.configure({ enabled: true });
    await ports.clock.runUntil(handle.completed());
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).not.toContain(false);
    expect(items.size).toBeGreaterThan(2);
    expect(handle.progress()).toMatchObject({ fraction: 1, acknowledgedBytes: 3_000 });
    expect(handle.item()).toBe(handle.item());
    await ports.clock.runUntil(engine.stop());
  });
});
