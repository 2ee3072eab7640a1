/** The contract of a file system over react-native-fs, on both platforms and over both packages' native modules. */
import { describe, test } from 'vitest';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { type FakePhoneOptions, fakePhone } from '../../fakes/rnfs-package.js';

const MIB = 1_048_576;

const PHONES: readonly (FakePhoneOptions & { readonly name: string })[] = [
  { name: 'react-native-fs on Android', platform: 'android' },
  { name: 'react-native-fs on iOS', platform: 'ios' },
  { name: '@dr.pogodin/react-native-fs on Android', platform: 'android', flavour: '@dr.pogodin/react-native-fs' },
  { name: '@dr.pogodin/react-native-fs on iOS', platform: 'ios', flavour: '@dr.pogodin/react-native-fs' },
  {
    name: 'Android with short reads, rejections at the end and line breaks',
    platform: 'android',
    faults: { shortRead: (length) => Math.min(length, 8_191), rejectAtEnd: true, lineBreaks: true },
  },
  { name: 'Android where every rename is a copy', platform: 'android', faults: { renameFails: true } },
  { name: 'iOS with line breaks', platform: 'ios', faults: { lineBreaks: true } },
];

describe.each(PHONES)('rnfsFileSystem over $name', ({ name, ...options }) => {
  fileSystemSuite({
    name,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: rnfsFileSystem({ lib: fakePhone(options).lib }),
    create: async () => {
      const phone = fakePhone({ ...options, disk: new NativeDisk({ capacityBytes: 6 * MIB }) });
      const fileSystem = rnfsFileSystem({ lib: phone.lib });
      const directory = `${phone.lib.DocumentDirectoryPath}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory, reopen: async () => rnfsFileSystem({ lib: phone.lib }) };
    },
  });
});
