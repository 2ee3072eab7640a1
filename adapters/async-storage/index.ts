/** A key-value store over AsyncStorage. */
export {};
