/** The contract of a file system over react-native-blob-util, on both platforms. */
import { describe, test } from 'vitest';
import { blobUtilFileSystem } from '../../../adapters/blob-util/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { blobUtilPhone } from '../../fakes/blob-util-package.js';
import { NativeDisk } from '../../fakes/native-disk.js';

const MIB = 1_048_576;

const PHONES = [
  { name: 'Android', platform: 'android' },
  { name: 'iOS', platform: 'ios' },
  { name: 'Android where no file can be renamed', platform: 'android', faults: { renameFails: true } },
] as const;

describe.each(PHONES)('blobUtilFileSystem on $name', ({ name, ...options }) => {
  fileSystemSuite({
    name,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: blobUtilFileSystem({ lib: blobUtilPhone(options).lib }),
    create: async () => {
      const { lib } = blobUtilPhone({ ...options, disk: new NativeDisk({ capacityBytes: 6 * MIB }) });
      const fileSystem = blobUtilFileSystem({ lib });
      const directory = `${lib.fs.dirs.DocumentDir}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory, reopen: async () => blobUtilFileSystem({ lib }) };
    },
  });
});
