/** The whole app as it ships, its native modules in memory: a reel is posted by one screen and played by the other. */
import { fireEvent, render, screen } from '@testing-library/react-native';
import { bucket, disk } from './native-modules';

jest.mock('@react-native-async-storage/async-storage', () => require('@react-native-async-storage/async-storage/jest/async-storage-mock'));
jest.mock('@react-native-community/netinfo', () => ({
  __esModule: true,
  default: {
    addEventListener: (listener: (state: object) => void) => {
      listener({ type: 'wifi', isConnected: true, isInternetReachable: true, details: { isConnectionExpensive: false } });
      return () => undefined;
    },
  },
}));
jest.mock('@react-native-firebase/storage', () => jest.requireActual('./native-modules').firebaseStorage);
jest.mock('react-native-image-picker', () => ({
  launchImageLibrary: async () => ({
    assets: [{ uri: 'file:///app/tmp/clip.mov', fileName: 'clip.mov', duration: 3, width: 720, height: 1280 }],
  }),
}));
jest.mock('react-native-create-thumbnail', () => ({ createThumbnail: async () => ({ path: '/app/tmp/poster.jpg' }) }));
jest.mock('react-native-video', () => {
  const { Text } = jest.requireActual('react-native');
  return { __esModule: true, default: ({ source }: { source: { uri: string } }) => <Text>{`plays ${source.uri}`}</Text> };
});

const SIZE = 1_200_000;
const CLIP = Uint8Array.from({ length: SIZE }, (_, at) => (at * 31 + (at >> 9)) % 256);
const WAIT = { timeout: 40_000 };

it('posts a reel to Firebase and plays it from the feed', async () => {
  disk.set('/app/tmp/clip.mov', CLIP);
  disk.set('/app/tmp/poster.jpg', CLIP.slice(0, 9_000));
  const posts: { id: string; title: string; manifestKey: string }[] = [];
  globalThis.fetch = jest.fn(async (url: string, init?: RequestInit) => {
    if (init?.method === 'POST') posts.push(JSON.parse(String(init.body)));
    return { ok: true, status: 200, json: async () => ({ reels: url.includes('/feed') ? posts : [] }) };
  }) as unknown as typeof fetch;
  const { App } = jest.requireActual<typeof import('../src/app')>('../src/app');

  render(<App />);
  fireEvent.changeText(screen.getByLabelText('Your name'), 'ada');
  fireEvent.press(screen.getByRole('button', { name: 'Sign in' }));
  fireEvent.press(await screen.findByRole('button', { name: 'New' }, WAIT));
  fireEvent.press(screen.getByRole('button', { name: 'Choose a video' }));
  await screen.findByText('clip.mov is ready.', {}, WAIT);
  fireEvent.changeText(screen.getByLabelText('Title of the reel'), 'Sunset');
  fireEvent.press(screen.getByRole('button', { name: 'Post' }));
  await screen.findByText('Posted', {}, WAIT);

  const [reel] = posts;
  expect(posts).toEqual([
    { id: reel?.id, title: 'Sunset', manifestKey: `${reel?.id}/manifest.json`, posterKey: `posters/${reel?.id}.jpg` },
  ]);
  expect([...bucket.keys()].every((path) => path.startsWith('reels/'))).toBe(true);
  expect(bucket.get(`reels/posters/${reel?.id}.jpg`)?.length).toBe(9_000);

  fireEvent.press(screen.getByRole('button', { name: 'Reels' }));
  const player = await screen.findByText(/^plays file:/, {}, WAIT);
  const file = disk.get(String(player.props['children']).replace('plays file://', ''));
  expect(file).toHaveLength(SIZE);
  expect((file as Uint8Array).findIndex((byte, at) => byte !== CLIP[at])).toBe(-1);
});
