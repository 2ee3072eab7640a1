/** `reelway/media`: what a media file is, and where its samples lie, read in small windows on any host. */
export { type FaststartView, faststartView } from './faststart-view.js';
export { type IndexOptions, indexVideo } from './index-video.js';
export { createMediaReader, type MediaReader, type MediaReaderOptions } from './media-reader.js';
export { readSamples } from './read-samples.js';
export { sniffContainer } from './sniff-container.js';
export type { SampleReader } from './table-samples.js';
export type * from './types.js';
