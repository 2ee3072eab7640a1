/** The same adapter over each make of AsyncStorage: what its disk is, and how it breaks. */
import { allRowKeys, createAndroidAsyncStorage, createRowDisk, type RowDisk } from '../../fakes/async-storage-android.js';
import { createIosAsyncStorage, createManifestDisk } from '../../fakes/async-storage-ios.js';
import { type AsyncStorageFake, asyncStorage2, asyncStorage3 } from '../../fakes/async-storage-packages.js';
import { createSharedAsyncStorage } from '../../fakes/async-storage-shared.js';

/** An installation of the app. */
export interface Installation {
  /** AsyncStorage in one process. */
  launch(): AsyncStorageFake;
  /** What lies below cannot be read any more. */
  breakStorage(): void;
}

/** Makes of AsyncStorage, each with a disk of its own. */
export const MAKES: readonly (readonly [name: string, install: () => Installation])[] = [
  [
    'versions 1 and 2 on Android',
    () => {
      const disk = createRowDisk();
      return { launch: () => asyncStorage2(createAndroidAsyncStorage(disk)), breakStorage: () => breakRows(disk) };
    },
  ],
  [
    'versions 1 and 2 on iOS',
    () => {
      const disk = createManifestDisk();
      let broken = false;
      const launch = (): AsyncStorageFake => {
        const now = (): AsyncStorageFake => asyncStorage2(createIosAsyncStorage(disk));
        const alive = now();
        // A locked phone matters to the process that starts then: it reads the manifest anew.
        const current = (): AsyncStorageFake => (broken ? now() : alive);
        return {
          getItem: (key) => current().getItem(key),
          setItem: (key, value) => current().setItem(key, value),
          removeItem: (key) => current().removeItem(key),
          getAllKeys: () => current().getAllKeys(),
        };
      };
      return {
        launch,
        breakStorage: () => {
          broken = true;
          disk.locked = true;
        },
      };
    },
  ],
  [
    'version 3',
    () => {
      const disks = new Map<string, RowDisk>();
      const diskOf = (name: string): RowDisk => {
        const disk = disks.get(name) ?? createRowDisk();
        disks.set(name, disk);
        return disk;
      };
      return {
        launch: () => asyncStorage3(createSharedAsyncStorage(diskOf), 'reelway'),
        breakStorage: () => breakRows(diskOf('reelway')),
      };
    },
  ],
];

function breakRows(disk: RowDisk): void {
  allRowKeys(disk);
  disk.broken = true;
}
