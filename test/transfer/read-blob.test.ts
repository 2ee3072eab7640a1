/** One attempt to read a blob: what it asks of the store. */
import { describe, expect, it, vi } from 'vitest';
import type { BlobSource, Clock } from '../../src/ports/index.js';
import { readBlob } from '../../src/transfer/read-blob.js';
import { storeReaderOf } from '../../src/transfer/transfer-context.js';

describe('readBlob', () => {
  it('makes no timer and no request when it was aborted before it begins', async () => {
    const after = vi.fn(() => () => undefined);
    const get = vi.fn();
    const clock: Clock = { wallMs: () => 0, monotonicMs: () => 0, random: () => 0, after };
    const reader = storeReaderOf({ rangeRead: true, get } as unknown as BlobSource, { clock });
    const sink = { opened: () => undefined, take: () => true };
    await expect(readBlob(reader, { key: 'clip', signal: AbortSignal.abort('enough') }, sink)).rejects.toBe('enough');
    expect(after).not.toHaveBeenCalled();
    expect(get).not.toHaveBeenCalled();
  });
});
