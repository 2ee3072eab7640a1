/** The queue in a component. */
import { useCallback, useState, useSyncExternalStore } from 'react';
import { useReelway } from './reelway-provider';
import type { UploadVerb, UploadView } from './uploads-store';

/** All uploads, by priority, then by age. */
export function useUploads(): readonly UploadView[] {
  const { uploads } = useReelway();
  return useSyncExternalStore(uploads.subscribe, uploads.views);
}

export interface UploadControls {
  /** `undefined` once the queue has forgotten it. */
  readonly upload: UploadView | undefined;
  readonly act: (verb: UploadVerb) => Promise<void>;
  /** Why the last verb was not possible. */
  readonly notice: string | undefined;
}

/** One upload with its verbs. */
export function useUpload(id: string): UploadControls {
  const { uploads } = useReelway();
  const upload = useUploads().find((view) => view.id === id);
  const [notice, setNotice] = useState<string>();
  const act = useCallback(async (verb: UploadVerb) => setNotice(await uploads.act(id, verb)), [uploads, id]);
  return { upload, act, notice };
}
