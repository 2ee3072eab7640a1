/** A command that is repeated while the first one is under way. */
import { describe, expect, it } from 'vitest';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { codeOf, SEGMENT_SIZE, startOn } from './support.js';

/** Records whose writes wait while the gate is closed. */
function gated({ keyValueStore }: TestPorts) {
  const gate = { isOpen: Promise.resolve(), open: (): void => undefined };
  const close = (): void => {
    gate.isOpen = new Promise((resolve) => {
      gate.open = resolve;
    });
  };
  const set: TestPorts['keyValueStore']['set'] = async (key, value) => {
    await gate.isOpen;
    return keyValueStore.set(key, value);
  };
  return { close, open: () => gate.open(), records: { ...keyValueStore, set } };
}

describe('a repeated command', () => {
  it.each(['pause', 'cancel'] as const)('%s resolves only when the record of the first one is durable', async (command) => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 4 * SEGMENT_SIZE);
    const { close, open, records } = gated(ports);
    const engine = await startOn(ports, { keyValueStore: records });
    engine.configure({ enabled: false });
    const upload = await engine.add('/a.mp4');
    const end = codeOf(upload.completed());
    await ports.clock.settle();
    close();
    let resolved = 0;
    const count = (): void => {
      resolved += 1;
    };
    const commands = [upload[command]().then(count), upload[command]().then(count)];
    await ports.clock.settle();
    expect([upload.state().status, resolved]).toEqual([command === 'pause' ? 'paused' : 'canceled', 0]);
    open();
    await ports.clock.runUntil(Promise.all(commands));
    expect(resolved).toBe(2);
    await ports.clock.runUntil(engine.stop());
    expect(await end).toBe(command === 'pause' ? 'ENGINE_STOPPED' : 'UPLOAD_CANCELED');
  });
});
