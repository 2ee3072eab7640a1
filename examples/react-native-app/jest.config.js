module.exports = {
  preset: 'react-native',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  setupFilesAfterEnv: ['<rootDir>/test/no-complaints.ts'],
  // Packages of React Native are shipped as they were written.
  transformIgnorePatterns: ['node_modules/(?!(jest-)?react-native|@react-native)'],
  // The first test of a file waits until Babel has seen React Native.
  testTimeout: 60_000,
};
