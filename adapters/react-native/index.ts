/** `reelway/react-native`: what a phone is like, uploads that outlive the app, and all ports in one line. */
export { type ReactNativeConditions, type ReactNativeConditionsOptions, reactNativeConditions } from './conditions.js';
export { type NativeUploadTransportOptions, nativeUploadTransport } from './native-upload-transport.js';
export {
  type ReactNativePorts,
  type ReactNativePortsOptions,
  type RnFirebaseStorageModule,
  reactNativePorts,
} from './react-native-ports.js';
export type {
  AppStateLike,
  DeviceInfoLike,
  EventEmitterLike,
  ExpoBatteryLike,
  NetInfoLike,
  NetInfoStateLike,
  PowerStateLike,
  SubscriptionLike,
} from './signals.js';
export type {
  NativeUploadDone,
  NativeUploaderLike,
  NativeUploadFailure,
  NativeUploadOptions,
  NativeUploadProgress,
  NativeUploadTask,
} from './uploader.js';
