/** Files of React Native over react-native-blob-util. */
export {};
