/** The old calls one by one, for an app that keeps its own order of steps. Most do not need to: `engine.add` does all of it. */
import type { UploadEngine, VideoFetcher, VideoManifest } from 'reelway';

export async function uploadStepByStep(engine: UploadEngine, filePath: string): Promise<VideoManifest> {
  const uploadId = await engine.addToUploadQueue(filePath, { title: 'Sunset' }, { start: false });
  const segments = await engine.segmentVideo(uploadId);
  await engine.uploadSegments(
    segments.map(({ id }) => id),
    uploadId,
  );
  return engine.finalizeUpload(uploadId);
}

export async function fetchStepByStep(fetcher: VideoFetcher, manifestKey: string, videoId: string): Promise<string> {
  const manifest = await fetcher.prepareVideo(manifestKey, videoId);
  await fetcher.startIntelligentLoading(manifest);
  const path = await fetcher.combineSegments(videoId);
  await fetcher.cleanup();
  return path;
}
