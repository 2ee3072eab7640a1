/** I6: the acknowledged bytes of a progress event are those of the objects that the journal holds. */
import type { UploadProgress } from '../../../src/upload/index.js';
import type { UploadRecord } from '../../../src/upload/journal/upload-record.js';
import { acknowledgedIn, factsIn, namedBy, recordOf } from './durable.js';
import type { OrderSetting } from './order.js';

/** After these a page holds less than a living process has read from it. */
const LOSSES = ['rottenPage', 'tornRecord', 'flippedDigit'] as const;
/** After these a page may hold what its process does not know of. */
const SURPLUS = ['recordStoreUnavailable', 'leaseStolen', 'silentHolderFollowed', 'suspension'] as const;

export class ProgressOracle {
  private readonly setting: Pick<OrderSetting, 'world' | 'records' | 'bucket'>;
  /** Object → when its acknowledgement became durable. */
  private readonly since = new Map<string, number>();

  constructor(setting: Pick<OrderSetting, 'world' | 'records' | 'bucket'>) {
    this.setting = setting;
  }

  /** A page has been written. */
  onStored(key: string, value: string): void {
    const named = namedBy(key);
    if (named?.kind !== 'page') return;
    const record = recordOf(this.setting.records, named.uploadId);
    if (record === undefined) return;
    for (const { index } of factsIn(value, record.plan)) {
      const object = `${record.id}/${index}`;
      if (!this.since.has(object)) this.since.set(object, this.setting.world.nowMs);
    }
  }

  /** An engine tells how far an upload is. */
  onProgress({ uploadId, acknowledgedBytes, totalBytes, fraction }: UploadProgress): void {
    const { world, records, bucket } = this.setting;
    const record = recordOf(records, uploadId);
    if (record === undefined || record.status === 'completed' || record.status === 'canceled') return;
    if (fraction === 1) {
      const isStored = bucket.blobs.has(`${record.videoId}/manifest.json`) && acknowledgedBytes === totalBytes;
      if (!isStored) world.violate('I6', `progress of ${uploadId} is 1, and it has no manifest or ${acknowledgedBytes} bytes`);
      return;
    }
    const held = acknowledgedIn(records, record);
    const most = bytesOf(record, held);
    if (!this.fired(LOSSES) && acknowledgedBytes > most)
      world.violate('I6', `progress of ${uploadId} is ${acknowledgedBytes}, and the journal holds ${most}`);
    // What became durable at this very moment is told one object after the other.
    const least = bytesOf(record, new Set([...held].filter((index) => (this.since.get(`${uploadId}/${index}`) ?? 0) < world.nowMs)));
    if (!this.fired(SURPLUS) && acknowledgedBytes < least)
      world.violate('I6', `progress of ${uploadId} is ${acknowledgedBytes}, and the journal holds ${least} by now`);
  }

  private fired(kinds: readonly string[]): boolean {
    return kinds.some((kind) => this.setting.world.firedOf(kind) > 0);
  }
}

function bytesOf({ plan }: UploadRecord, indices: ReadonlySet<number>): number {
  const { count, totalBytes, eachBytes = totalBytes } = plan;
  let sum = 0;
  for (const index of indices) sum += index === count - 1 ? totalBytes - eachBytes * (count - 1) : eachBytes;
  return sum;
}
