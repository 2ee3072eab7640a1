/** Sources that an app names by a relative path. */
import { expect, it } from 'vitest';
import { createTestPorts } from '../../src/testing/index.js';
import { startOn } from './support.js';

it('stores the absolute path of a source, which the next process uses from another working directory', async () => {
  const ports = createTestPorts();
  await ports.addFile('/one/clip.mp4', 600_000);
  const inDirectory = (directory: string) => ({
    fileSystem: { ...ports.fileSystem, absolutePath: async (path: string) => (path.startsWith('/') ? path : `${directory}/${path}`) },
  });
  const first = await startOn(ports, inDirectory('/one'));
  first.configure({ enabled: false });
  const { id } = await ports.clock.runUntil(first.add('clip.mp4', {}, { videoId: 'clip' }));
  expect(first.list()).toMatchObject([{ filePath: '/one/clip.mp4' }]);
  await ports.clock.runUntil(first.stop());

  const second = await startOn(ports, inDirectory('/two'));
  const handle = second.get(id);
  expect((await ports.clock.runUntil(handle.completed())).videoId).toBe('clip');
});
