/** The contract of a file system over expo-file-system, on both platforms. */
import { describe, test } from 'vitest';
import { expoFileSystem } from '../../../adapters/expo/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { expoPhone } from '../../fakes/expo-package.js';
import { NativeDisk } from '../../fakes/native-disk.js';

const MIB = 1_048_576;

const PHONES = [
  { name: 'Android', platform: 'android' },
  { name: 'iOS', platform: 'ios' },
  { name: 'Android where handles answer at once', platform: 'android', faults: { synchronous: true } },
] as const;

describe.each(PHONES)('expoFileSystem on $name', ({ name, ...options }) => {
  fileSystemSuite({
    name,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: expoFileSystem({ lib: expoPhone(options).lib }),
    create: async () => {
      const { lib } = expoPhone({ ...options, disk: new NativeDisk({ capacityBytes: 6 * MIB }) });
      const fileSystem = expoFileSystem({ lib });
      const directory = `${fileSystem.roots?.documents}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory, reopen: async () => expoFileSystem({ lib }) };
    },
  });
});
