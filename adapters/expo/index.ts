/** Files of Expo over expo-file-system. */
export {};
