/**
 * `Blob` as React Native has it, up to 0.88 (Libraries/Blob/Blob.js and BlobManager.js): it can be made of strings and of other blobs only.
 * An SDK that looks for a global `Blob` finds this one, and takes it for one of the web's.
 */
export class RnBlob {
  readonly size: number;
  readonly type: string;

  constructor(parts: readonly unknown[] = [], options: { readonly type?: string } = {}) {
    for (const part of parts) {
      // BlobManager.js `createFromParts`.
      if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) {
        throw new Error("Creating blobs from 'ArrayBuffer' and 'ArrayBufferView' are not supported");
      }
    }
    this.size = parts.reduce<number>((sum, part) => sum + (part instanceof RnBlob ? part.size : String(part).length), 0);
    this.type = options.type ?? '';
  }

  slice(start = 0, end = this.size): RnBlob {
    return new RnBlob(['-'.repeat(Math.max(0, Math.min(end, this.size) - start))]);
  }
}
