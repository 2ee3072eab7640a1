/** The first place of the app: pick, post, and on with the app. */
import { fireEvent, screen } from '@testing-library/react-native';
import { ReelwayError } from 'reelway';
import type { VideoTools } from '../src/reels/use-create-reel';
import { CLIP, createPhone, MIB, openApp, type Phone, pass, press, relaunch, settle, slowLink, TOOLS, until } from './support';

async function postClip(phone: Phone, title = 'Sunset'): Promise<void> {
  await press(phone, 'New');
  await press(phone, 'Choose a video');
  fireEvent.changeText(screen.getByLabelText('Title of the reel'), title);
  await press(phone, 'Post');
}

const posted = (): boolean => screen.queryByText('Posted') !== null;

describe('posting a reel', () => {
  it('goes from the picked file to the post, in parts of at most 512 KiB', async () => {
    const phone = await createPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, posted);

    expect(phone.backend.posts).toEqual([
      expect.objectContaining({ title: 'Sunset', manifestKey: expect.stringMatching(/\/manifest\.json$/) }),
    ]);
    const keys = await phone.ports.blobKeys();
    expect(keys.filter((key) => !key.endsWith('.json'))).toHaveLength(6);
    for (const key of keys) expect((await phone.ports.readBlob(key))?.length).toBeLessThanOrEqual(MIB / 2);
  });

  it('says that the app can be used meanwhile, and shows it in the queue', async () => {
    const phone = await createPhone({ conditions: { online: false } });
    await openApp(phone);
    await postClip(phone);
    expect(screen.getByText(/You can use the app, close it, or lose the connection/)).toBeTruthy();
    await press(phone, 'Uploads');
    expect(screen.getByText('Sunset')).toBeTruthy();
    expect(screen.getByText('Waiting for a connection')).toBeTruthy();
  });

  it('tells parts, bytes and time left on the way, for screen readers too', async () => {
    const phone = await slowPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText(/^2\.1 MB of 3\.1 MB, .*\/s, .* left$/) !== null);
    const bar = screen.getByRole('progressbar', { name: 'Upload of Sunset' });
    expect(bar.props['accessibilityValue']).toEqual({ min: 0, max: 100, now: 66, text: '66 %, 4 of 6 parts' });
  });

  it('publishes once for two quick taps', async () => {
    const phone = await createPhone();
    await openApp(phone);
    await press(phone, 'New');
    await press(phone, 'Choose a video');
    const button = screen.getByRole('button', { name: 'Post' });
    fireEvent.press(button);
    fireEvent.press(button);
    await until(phone, posted);
    expect(phone.backend.posts).toHaveLength(1);
  });

  it('leaves the copy of the picked file behind nowhere, once it is up', async () => {
    const phone = await createPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, posted);
    await settle(phone);
    expect(await copies(phone)).toEqual([]);
    expect(await phone.ports.readFile(CLIP.uri)).toBeDefined();
  });

  it('goes on where it was after the app was killed, also without the picked file', async () => {
    const phone = await slowPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText(/4 of 6 parts/) !== null);
    // iOS empties the folder of its picker.
    await phone.ports.fileSystem.remove(CLIP.uri);

    const next = await relaunch(phone);
    await press(next, 'Uploads');
    expect(screen.getByText(/[45] of 6 parts/)).toBeTruthy();
    await until(next, posted);
    expect(next.backend.posts).toHaveLength(1);
  });

  it('posts exactly once when the app dies between the backend and the record of it', async () => {
    const phone = await createPhone();
    const post = phone.backend.post.bind(phone.backend);
    let dies = true;
    phone.backend.post = async (reel, key) => {
      await post(reel, key);
      // The post is there; the answer never comes.
      if (dies) await new Promise(() => undefined);
    };
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => phone.backend.posts.length === 1);
    dies = false;
    const next = await relaunch(phone);
    await press(next, 'Uploads');
    await until(next, posted);
    expect(next.backend.posts).toHaveLength(1);
    expect(new Set(next.backend.calls).size).toBe(1);
    expect(next.backend.calls.length).toBeGreaterThan(1);
  });

  it('waits without a connection, and goes on by itself when there is one', async () => {
    const phone = await createPhone({ conditions: { online: false } });
    await openApp(phone);
    await postClip(phone);
    await pass(phone, 3_600_000);
    expect(screen.getByText('Waiting for a connection')).toBeTruthy();
    // No button that could do nothing.
    expect(screen.queryByRole('button', { name: 'Go on: Sunset' })).toBeNull();
    phone.ports.conditions.set({ online: true });
    await until(phone, posted);
  });

  it('shows what went wrong in words, and goes on at a touch', async () => {
    const phone = await createPhone();
    phone.backend.refusals.push(
      new ReelwayError('PUBLISH_FAILED', { retryable: false, userMessage: 'Reels may not be posted on Sundays.' }),
    );
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText('Not posted') !== null);
    expect(screen.getByText('Reels may not be posted on Sundays.')).toBeTruthy();
    await press(phone, 'Try again: Sunset');
    await until(phone, posted);
    expect(phone.backend.posts).toHaveLength(1);
  });

  it('pauses, stays paused over a kill, and goes on', async () => {
    const phone = await slowPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText('Uploading') !== null);
    await press(phone, 'Pause: Sunset');
    await until(phone, () => screen.queryByText('Paused') !== null);
    const next = await relaunch(phone);
    await pass(next, 600_000);
    await press(next, 'Uploads');
    expect(screen.getByText('Paused')).toBeTruthy();
    await press(next, 'Go on: Sunset');
    await until(next, posted);
  });

  it('cancels, and leaves nothing in the bucket', async () => {
    const phone = await slowPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText(/4 of 6 parts/) !== null);
    await press(phone, 'Cancel: Sunset');
    await pass(phone, 3_600_000);
    expect(await phone.ports.blobKeys()).toEqual([]);
    expect(phone.backend.posts).toEqual([]);
    expect(await copies(phone)).toEqual([]);
  });
});

describe('the steps before', () => {
  it('does nothing where no video was chosen', async () => {
    const phone = await createPhone();
    await openApp(phone, { videoTools: { pick: async () => undefined } });
    await press(phone, 'New');
    await press(phone, 'Choose a video');
    expect(screen.getByRole('button', { name: 'Post' }).props['accessibilityState']).toEqual({ disabled: true });
  });

  it('makes the video smaller, takes a poster, and posts both', async () => {
    const phone = await createPhone();
    await phone.ports.addFile('/tmp/small.mp4', MIB);
    const tools: VideoTools = {
      ...TOOLS,
      compress: async (_path, onProgress) => {
        onProgress(0.5);
        return '/tmp/small.mp4';
      },
      makePoster: async () => '/gallery/poster.jpg',
    };
    await openApp(phone, { videoTools: tools });
    await postClip(phone);
    await until(phone, posted);
    const [reel] = phone.backend.posts;
    expect(reel?.posterKey).toBe(`posters/${reel?.id}.jpg`);
    expect(await phone.ports.readBlob(reel?.posterKey ?? '')).toEqual(await phone.ports.readFile('/gallery/poster.jpg'));
    expect((await phone.ports.blobKeys()).filter((key) => /\/\d+$/.test(key))).toHaveLength(2);
    await settle(phone);
    expect(await copies(phone)).toEqual([]);
  });

  it('takes the video as it is where it could not be made smaller', async () => {
    const phone = await createPhone();
    const broken = async (): Promise<string> => {
      throw new TypeError('the codec is busy');
    };
    await openApp(phone, { videoTools: { ...TOOLS, compress: broken, makePoster: broken } });
    await press(phone, 'New');
    await press(phone, 'Choose a video');
    expect(screen.getByText('The video could not be made smaller, so it goes as it is.')).toBeTruthy();
    await press(phone, 'Post');
    await until(phone, posted);
    expect(phone.backend.posts[0]).toMatchObject({ title: 'Untitled reel' });
  });

  it('says why a video cannot be taken, and lets choose another one', async () => {
    const phone = await createPhone({ diskBytes: 4 * MIB });
    await openApp(phone);
    await press(phone, 'New');
    await press(phone, 'Choose a video');
    expect(screen.getByText('The device is full. Please free some space and try again.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Choose a video' }).props['accessibilityState']).toEqual({ disabled: false });
  });
});

async function copies({ ports, host }: Phone): Promise<string[]> {
  const { sources } = host.directories;
  const folders = await ports.fileSystem.list(sources);
  const names = await Promise.all(folders.map((folder) => ports.fileSystem.list(`${sources}/${folder}`)));
  return names.flat();
}

/** A phone on a link of 2 Mbit/s. */
const slowPhone = (): Promise<Phone> => createPhone({ wrapBlobStore: slowLink });
