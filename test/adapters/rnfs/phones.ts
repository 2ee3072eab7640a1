/** Phones and files for the tests of the adapter over react-native-fs. */
import { NativeDisk, positionBytes } from '../../fakes/native-disk.js';
import { type FakePhone, fakePhone } from '../../fakes/rnfs-package.js';

/** An app's documents on Android. */
export const PLACE = '/data/user/0/app/files';
/** And on iOS. */
export const DOCUMENTS = '/var/mobile/Containers/Data/Application/A1B2/Documents';
export const MIB = 1_048_576;

/** The bytes of a made-up file. */
export function bytesAt(position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  positionBytes(bytes, position);
  return bytes;
}

/** The phone, with a made-up file. */
export function withFile(phone: FakePhone, path: string, sizeBytes: number): FakePhone {
  phone.disk.makeUp(path, sizeBytes);
  return phone;
}

/** A phone whose disk has so much room and no more. */
export function smallPhone(platform: 'ios' | 'android', capacityBytes: number): FakePhone {
  return fakePhone({ platform, disk: new NativeDisk({ capacityBytes }) });
}
