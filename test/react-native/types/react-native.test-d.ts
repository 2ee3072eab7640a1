/** What the phone's conditions and the ports in one line ask of the native packages, against the packages' own declarations. */
import NetInfo from '@react-native-community/netinfo';
import * as storage from '@react-native-firebase/storage';
import AsyncStorage from 'async-storage-2';
import * as Battery from 'expo-battery';
import { AppState, NativeEventEmitter, NativeModules } from 'react-native';
import DeviceInfo from 'react-native-device-info';
import RNFS from 'react-native-fs';
import { reactNativeConditions, reactNativePorts } from '../../../adapters/react-native/index.js';

reactNativeConditions({ netInfo: NetInfo, appState: AppState });
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: Battery });
const batteryEvents = new NativeEventEmitter(NativeModules.RNDeviceInfo);
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: DeviceInfo, batteryEvents });
reactNativePorts({ RNFS, AsyncStorage, storage, NetInfo, AppState });

// @ts-expect-error NetInfo tells nothing of the app
reactNativeConditions({ netInfo: NetInfo, appState: NetInfo });
// @ts-expect-error AppState knows no battery
reactNativeConditions({ netInfo: NetInfo, appState: AppState, battery: AppState });
