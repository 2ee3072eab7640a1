/** A typed app in CommonJS. */
import reelway = require('reelway');
import memory = require('reelway/memory');

declare const console: { log(text: string): void };

const store: reelway.BlobStore = memory.memoryBlobStore();
void store.head('absent').then((info) => console.log(`typed cjs ok ${info === undefined}`));
