module.exports = {
  preset: '@react-native/jest-preset',
  testMatch: ['<rootDir>/*.test.jsx'],
  transform: { '^.+\\.jsx?$': 'babel-jest' },
  // The first test waits until Babel has seen React Native.
  testTimeout: 120_000,
};
