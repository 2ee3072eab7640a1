/** `reelway/media`: what a media file is, and where its samples lie, read in small windows on any host. */

export { createMediaReader, type MediaReader, type MediaReaderOptions } from './boxes/media-reader.js';
export { type FaststartView, faststartView } from './faststart-view.js';
export { type IndexOptions, indexVideo } from './index-video.js';
export { readSamples, type SampleIndex } from './samples/read-samples.js';
export type { SampleReader } from './samples/sample-reader.js';
export { sniffContainer } from './sniff-container.js';
export type * from './types.js';
