/** An app's own test of its screen, on ports in memory and a clock that the test turns. */
import { act, fireEvent, render, screen } from '@testing-library/react-native';
import { createUploadEngine } from 'reelway';
import { createScriptedLink, createTestPorts } from 'reelway/testing';
import { UploadScreen } from './upload-screen';

const SIZE_BYTES = 1_200_000;
const WORDS_OF_A_MISSING_FILE = 'The video file is not there any more. Please choose it again.';

async function openScreen(ports, path = '/clips/sunset.mp4') {
  const engine = createUploadEngine({ ...ports, scope: 'user-1' });
  await engine.start();
  await render(<UploadScreen engine={engine} path={path} />);
  return engine;
}

/** Presses the button and lets time pass until this text is there. */
async function pressUntil(ports, text) {
  await fireEvent.press(screen.getByRole('button', { name: 'Post' }));
  for (let step = 0; step < 3_000 && screen.queryByText(text) === null; step += 1) await act(() => ports.clock.advance(100));
  expect(screen.getByText(text)).toBeTruthy();
}

it('posts the video, and says so', async () => {
  const ports = createTestPorts();
  await ports.addFile('/clips/sunset.mp4', SIZE_BYTES);
  const engine = await openScreen(ports);
  expect(screen.getByText('Nothing to send')).toBeTruthy();
  await pressUntil(ports, 'Posted in 3 parts');
  expect(await ports.blobKeys()).toHaveLength(4);
  await engine.stop();
});

it('goes on by itself after a dead network', async () => {
  const ports = createTestPorts({
    wrapBlobStore: (store, clock) => createScriptedLink(store, { clock, outages: [{ fromMs: 0, toMs: 120_000 }] }).store,
  });
  await ports.addFile('/clips/sunset.mp4', SIZE_BYTES);
  const engine = await openScreen(ports);
  await pressUntil(ports, 'Posted in 3 parts');
  expect(ports.clock.monotonicMs()).toBeGreaterThan(120_000);
  await engine.stop();
});

it('says what is wrong in words for people', async () => {
  const ports = createTestPorts();
  const engine = await openScreen(ports, '/clips/gone.mp4');
  await pressUntil(ports, WORDS_OF_A_MISSING_FILE);
  await engine.stop();
});
