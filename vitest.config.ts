/**
 * The suites: `light` needs nothing but Node and is what `npm test` runs; `package` looks at the built tarball and
 * installs consumers; `e2e` kills processes and moves large files; `s3` runs against a real object gateway;
 * `media` asks ffprobe.
 */
import { defineConfig } from 'vitest/config';

const heavy = ['test/package/**', 'test/e2e/**', 'test/s3/**', 'test/firebase/**', 'test/react-native/**', 'test/media/corpus/**'];

export default defineConfig({
  test: {
    // Every core: the default leaves one idle, which on a machine of two is half of it.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: { name: 'light', include: ['test/**/*.test.ts'], exclude: [...heavy, '**/node_modules/**'], testTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          globalSetup: ['test/package/world.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 's3',
          include: ['test/s3/*.test.ts'],
          globalSetup: ['test/s3/world.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'media',
          include: ['test/media/corpus/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'firebase',
          include: ['test/firebase/*.test.ts'],
          globalSetup: ['test/firebase/world.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'react-native',
          include: ['test/react-native/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/react-native/world.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      // By the core's own tests, not by what happens to run when an engine is tried.
      include: ['src/core/**/*.ts', 'src/errors/**/*.ts'],
      reportOnFailure: true,
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
});
