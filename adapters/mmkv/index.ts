/** A key-value store over react-native-mmkv. */
export {};
