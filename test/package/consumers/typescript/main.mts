/** A typed app in ES modules: all in memory, with a virtual clock. */
import { createUploadEngine, isReelwayError, type UploadProgress, type VideoManifest } from 'reelway';
import { createTestPorts } from 'reelway/testing';

declare const console: { log(text: string): void };

const ports = createTestPorts();
await ports.addFile('/videos/clip.mp4', 700_000);
const engine = createUploadEngine({ ...ports, scope: 'typed' });
await engine.start();
const handle = await engine.add('/videos/clip.mp4', { title: 'Typed' });
const seen: UploadProgress[] = [];
const off = handle.on('progress', (progress) => seen.push(progress));
const completed: Promise<VideoManifest> = handle.completed();
const manifest = await ports.clock.runUntil(completed);
off();
await engine.stop();
try {
  engine.get('absent');
} catch (error) {
  if (!isReelwayError(error) || error.code !== 'UPLOAD_NOT_FOUND') throw error;
}
console.log(`typed esm ok ${manifest.videoId !== '' && seen.length > 0}`);
