/** `reelway/react-native`: conditions of a phone, uploads that outlive the app, and all ports by one call. */
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
