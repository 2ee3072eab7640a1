/** The second place of the app: a feed whose next reel is there before the swipe, and which leaves nothing behind. */
import { act, fireEvent, screen } from '@testing-library/react-native';
import { createUploadEngine, ReelwayError } from 'reelway';
import type { Reel } from '../src/reels/host';
import { createPhone, MIB, openApp, type Phone, pass, press, relaunch, settle, slowLink, until } from './support';

const SIZE = MIB + 77;

/** A phone whose backend knows these reels, `perPage` on a page; somebody else has posted them. */
async function phoneWith(count: number, { perPage = count, slow = false } = {}): Promise<Phone> {
  const phone = await createPhone(slow ? { wrapBlobStore: slowLink } : {});
  const reels = await postMany(phone, count);
  phone.backend.pages = pagesOf(reels, perPage);
  return phone;
}

async function postMany(phone: Phone, count: number, prefix = 'reel'): Promise<Reel[]> {
  const { fileSystem, keyValueStore, blobStore, clock, addFile } = phone.ports;
  const engine = createUploadEngine({ fileSystem, keyValueStore, blobStore, clock, scope: 'somebody-else' });
  await engine.start();
  for (let number = 0; number < count; number += 1) {
    await addFile(`/elsewhere/${prefix}-${number}.mp4`, SIZE);
    await engine.add(`/elsewhere/${prefix}-${number}.mp4`, { title: `${prefix} ${number}` }, { videoId: `${prefix}-${number}` });
  }
  await clock.runUntil(engine.idle());
  await engine.stop();
  return Array.from({ length: count }, (_, number) => reelOf(`${prefix}-${number}`));
}

function reelOf(id: string): Reel {
  return { id, title: id.replace('-', ' '), manifestKey: `${id}/manifest.json` };
}

function pagesOf(reels: readonly Reel[], perPage: number) {
  const count = Math.ceil(reels.length / perPage);
  return Array.from({ length: count }, (_, page) => ({
    reels: reels.slice(page * perPage, (page + 1) * perPage),
    ...(page + 1 < count ? { cursor: String(page + 1) } : {}),
  }));
}

/** The person swipes: FlatList tells what is on the screen. */
async function swipe(phone: Phone, index: number): Promise<void> {
  await act(async () => screen.getByTestId('reels').props['onViewableItemsChanged']({ viewableItems: [{ index }] }));
  await settle(phone);
}

/** The file that the player plays. */
function playing(): string | undefined {
  return screen.queryByText(/^playing file:/)?.props['children'] as string | undefined;
}

/** What plays is this very file, byte for byte. */
async function expectToPlay({ ports }: Phone, path: string): Promise<void> {
  const actual = (await ports.readFile(playing()?.replace('playing file://', '') ?? '')) ?? new Uint8Array();
  const expected = (await ports.readFile(path)) ?? new Uint8Array();
  // By hand: Jest takes half a minute to compare a megabyte.
  expect([actual.length, actual.findIndex((byte, at) => byte !== expected[at])]).toEqual([SIZE, -1]);
}

function files(phone: Phone): Promise<string[]> {
  return phone.ports.fileSystem.list(phone.host.directories.player);
}

describe('the feed', () => {
  it('gives the player a whole file, byte for byte what was posted', async () => {
    const phone = await phoneWith(1);
    await openApp(phone);
    await until(phone, () => playing() !== undefined);
    await expectToPlay(phone, '/elsewhere/reel-0.mp4');
  });

  it('says that it is loading, with how much of the first reel is there', async () => {
    const phone = await phoneWith(2, { slow: true });
    await openApp(phone);
    expect(screen.getByText('Loading the first reel …')).toBeTruthy();
    await until(phone, () => screen.queryByRole('progressbar', { name: 'Loading reel 0' }) !== null);
    await until(phone, () => playing() !== undefined);
    expect(screen.queryByText('Loading the first reel …')).toBeNull();
  });

  it('has the next reel whole before the swipe, so that it plays at once', async () => {
    const phone = await phoneWith(4);
    await openApp(phone);
    await until(phone, () => screen.queryByText(/^paused file:/) !== null);
    const before = screen.getByText(/^paused file:/).props['children'] as string;
    await swipe(phone, 1);
    expect(playing()).toBe(before.replace('paused', 'playing'));
  });

  it('keeps the files of the reels around the play head only', async () => {
    const phone = await phoneWith(9, { perPage: 9 });
    await openApp(phone);
    for (let index = 0; index < 8; index += 1) {
      await swipe(phone, index);
      await until(phone, () => playing() !== undefined);
      await pass(phone, 5_000);
      expect((await files(phone)).length).toBeLessThanOrEqual(4);
    }
  });

  it('shows where the swipes ended, however fast they came', async () => {
    const phone = await phoneWith(9, { perPage: 9, slow: true });
    await openApp(phone);
    for (let index = 1; index < 8; index += 1) await swipe(phone, index);
    await until(phone, () => playing() !== undefined);
    await expectToPlay(phone, '/elsewhere/reel-7.mp4');
  });

  it('asks for the next page near the end of what it knows, each page once', async () => {
    const phone = await phoneWith(8, { perPage: 4 });
    await openApp(phone);
    await until(phone, () => playing() !== undefined);
    await swipe(phone, 2);
    await swipe(phone, 3);
    await pass(phone, 1_000);
    expect(phone.backend.asked).toEqual([undefined, '1']);
    expect(screen.getByTestId('reels').props['data']).toHaveLength(8);
  });

  it('puts what is newer in front when somebody pulls down', async () => {
    const phone = await phoneWith(2);
    await openApp(phone);
    await until(phone, () => playing() !== undefined);
    const [fresh] = await postMany(phone, 1, 'fresh');
    phone.backend.pages = [{ reels: [fresh ?? reelOf('none'), reelOf('reel-0'), reelOf('reel-1')] }];
    await act(async () => screen.getByTestId('reels').props['onRefresh']());
    await until(phone, () => playing() !== undefined);
    await expectToPlay(phone, '/elsewhere/fresh-0.mp4');
    expect((screen.getByTestId('reels').props['data'] as Reel[]).map(({ id }) => id)).toEqual(['fresh-0', 'reel-0', 'reel-1']);
  });

  it('cleans up when the screen is left, and begins again where it was', async () => {
    const phone = await phoneWith(4);
    await openApp(phone);
    await swipe(phone, 2);
    await until(phone, () => playing() !== undefined);
    await press(phone, 'Account');
    await pass(phone, 1_000);
    expect(await files(phone)).toEqual([]);
    expect(phone.ports.conditions.listeners()).toBeLessThanOrEqual(2);
    await press(phone, 'Reels');
    await until(phone, () => playing() !== undefined);
  });

  it('leaves in the middle of a load without a trace', async () => {
    const phone = await phoneWith(4, { slow: true });
    await openApp(phone);
    await pass(phone, 1_500);
    await press(phone, 'Account');
    await pass(phone, 5_000);
    expect(await files(phone)).toEqual([]);
  });

  it('says that a reel is not there, and brings it at a touch once it is', async () => {
    const phone = await phoneWith(1);
    const manifest = await phone.ports.readBlob('reel-0/manifest.json');
    await phone.ports.blobStore.remove(['reel-0/manifest.json']);
    await openApp(phone);
    await until(phone, () => screen.queryByText(/There is no such video/) !== null);
    const bytes = manifest ?? new Uint8Array();
    await phone.ports.blobStore.put(
      'reel-0/manifest.json',
      { kind: 'bytes', sizeBytes: bytes.length, bytes },
      { contentType: 'application/json' },
    );
    fireEvent.press(screen.getByRole('button', { name: 'Try again: reel 0' }));
    await until(phone, () => playing() !== undefined);
  });

  it('brings by itself what failed, once there is a connection again', async () => {
    const phone = await createPhone({ conditions: { online: true } });
    phone.backend.pages = [{ reels: await postMany(phone, 1) }];
    phone.backend.failures.push(new TypeError('Network request failed'));
    await openApp(phone);
    expect(screen.getByText('The reels could not be loaded. Please try again.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Load the reels' })).toBeTruthy();
    await act(async () => phone.ports.conditions.notify());
    await until(phone, () => playing() !== undefined);
    expect(screen.queryByText('The reels could not be loaded. Please try again.')).toBeNull();
  });

  it('shows a refusal of the backend in its own words', async () => {
    const phone = await createPhone();
    phone.backend.failures.push(new ReelwayError('FORBIDDEN', { userMessage: 'Only members see reels.' }));
    await openApp(phone);
    expect(screen.getByText('Only members see reels.')).toBeTruthy();
  });

  it('plays what the cache has after a relaunch, without asking the bucket for it again', async () => {
    const phone = await phoneWith(1);
    await openApp(phone);
    await until(phone, () => playing() !== undefined);
    await settle(phone);
    const segments = (await phone.ports.blobKeys()).filter((key) => /\/\d+$/.test(key));
    await phone.ports.blobStore.remove(segments);
    const next = await relaunch(phone);
    await until(next, () => playing() !== undefined);
    expect(segments.length).toBeGreaterThan(0);
  });
});
