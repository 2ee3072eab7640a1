/** What the phone's conditions, the uploads that outlive the app and the ports in one line ask of the native packages, as those declare it. */
import * as BackgroundDownloader from '@kesha-antonov/react-native-background-downloader';
import NetInfo from '@react-native-community/netinfo';
import * as storage from '@react-native-firebase/storage';
import AsyncStorage from 'async-storage-2';
import * as Battery from 'expo-battery';
import { AppState, NativeEventEmitter, NativeModules } from 'react-native';
import DeviceInfo from 'react-native-device-info';
import RNFS from 'react-native-fs';
import { fetchTransport } from '../../../adapters/http/index.js';
import { nativeUploadTransport, reactNativeConditions, reactNativePorts } from '../../../adapters/react-native/index.js';

reactNativeConditions({ netInfo: NetInfo, appState: AppState });
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: Battery });
const batteryEvents = new NativeEventEmitter(NativeModules.RNDeviceInfo);
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: DeviceInfo, batteryEvents });
reactNativePorts({ RNFS, AsyncStorage, storage, NetInfo, AppState });
nativeUploadTransport({ lib: BackgroundDownloader, foreground: fetchTransport() });

// @ts-expect-error NetInfo tells nothing of the app
reactNativeConditions({ netInfo: NetInfo, appState: NetInfo });
// @ts-expect-error AppState knows no battery
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: AppState });
// @ts-expect-error React Native's files upload nothing in the background
nativeUploadTransport({ lib: RNFS, foreground: fetchTransport() });
