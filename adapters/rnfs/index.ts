/** Files of React Native over react-native-fs. */
export {};
