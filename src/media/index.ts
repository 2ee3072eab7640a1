/** `reelway/media`: what a media file is, and where its samples lie, read in small windows on any host. */
export { type FaststartView, faststartView } from './faststart-view.js';
export { type IndexOptions, indexVideo } from './index-video.js';
export { createMediaReader, type MediaReader, type MediaReaderOptions } from './media-reader.js';
export { readSamples, type SampleIndex } from './read-samples.js';
export type { SampleReader } from './sample-reader.js';
export { sniffContainer } from './sniff-container.js';
export type * from './types.js';
