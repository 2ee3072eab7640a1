/** Start, another try, other people, sign-out. */
import { act, cleanupAsync, fireEvent, screen } from '@testing-library/react-native';
import { ReelwayError } from 'reelway';
import { createPhone, openApp, type Phone, pass, press, relaunch, settle, slowLink, until } from './support';

async function postClip(phone: Phone): Promise<void> {
  await press(phone, 'New');
  await press(phone, 'Choose a video');
  await press(phone, 'Post');
}

/** Every file of the app and every record. */
async function traces(phone: Phone): Promise<string[]> {
  const { fileSystem, keyValueStore } = phone.ports;
  const below = async (path: string): Promise<string[]> => {
    const info = await fileSystem.stat(path);
    if (info?.kind !== 'directory') return info === undefined ? [] : [path];
    const names = await fileSystem.list(path);
    return (await Promise.all(names.map((name) => below(`${path}/${name}`)))).flat();
  };
  return [...(await below('/app')), ...(await keyValueStore.keys(''))];
}

describe('sign-out', () => {
  it('erases every file and record, and what is half uploaded', async () => {
    const phone = await createPhone({ wrapBlobStore: slowLink });
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText(/4 of 6 parts/) !== null);
    expect(await traces(phone)).not.toEqual([]);

    await press(phone, 'Account');
    await press(phone, 'Sign out');
    expect(screen.getByText('One reel is not posted yet. Signing out throws them away.')).toBeTruthy();
    await press(phone, 'Sign out and throw them away');
    await until(phone, () => screen.queryByRole('button', { name: 'Sign in' }) !== null);

    expect(await phone.ports.blobKeys()).toEqual([]);
    expect(await traces(phone)).toEqual([]);
    expect(phone.backend.posts).toEqual([]);
  });

  it('asks nothing where there is nothing to lose', async () => {
    const phone = await createPhone();
    await openApp(phone);
    await postClip(phone);
    await until(phone, () => screen.queryByText('Posted') !== null);
    const stored = await phone.ports.blobKeys();
    await press(phone, 'Account');
    await press(phone, 'Sign out');
    await until(phone, () => screen.queryByRole('button', { name: 'Sign in' }) !== null);
    expect(await phone.ports.blobKeys()).toEqual(stored);
    expect(await traces(phone)).toEqual([]);
  });

  it('can be thought over', async () => {
    const phone = await createPhone({ conditions: { online: false } });
    await openApp(phone);
    await postClip(phone);
    await press(phone, 'Account');
    await press(phone, 'Sign out');
    await press(phone, 'Stay');
    await press(phone, 'Uploads');
    expect(screen.getByText('Waiting for a connection')).toBeTruthy();
  });
});

describe('the start', () => {
  it('shows another person nothing of the first one, and loses nothing', async () => {
    const phone = await createPhone({ conditions: { online: false } });
    await openApp(phone);
    await postClip(phone);
    const next = await relaunch(phone, { initialUserId: 'grace' });
    await press(next, 'Uploads');
    expect(screen.getByText('Nothing is on its way.')).toBeTruthy();
    next.ports.conditions.set({ online: true });
    const back = await relaunch(next);
    await press(back, 'Uploads');
    await until(back, () => screen.queryByText('Posted') !== null);
    expect(back.backend.posts).toHaveLength(1);
  });

  it('that fails says why, and works at the next try', async () => {
    const phone = await createPhone();
    const { keyValueStore } = phone.ports;
    let isBroken = true;
    const flaky: typeof keyValueStore = {
      ...keyValueStore,
      keys: (prefix) => (isBroken ? Promise.reject(new ReelwayError('STORAGE_UNAVAILABLE')) : keyValueStore.keys(prefix)),
    };
    const broken: Phone = { ...phone, host: { ...phone.host, ports: { ...phone.host.ports, keyValueStore: flaky } } };
    await openApp(broken, {}, 'Try again');
    expect(screen.getByText(/cannot be read or written right now. Nothing was deleted/)).toBeTruthy();
    isBroken = false;
    await press(broken, 'Try again');
    expect(screen.getByRole('button', { name: 'New' })).toBeTruthy();
  });

  it('asks who it is first', async () => {
    const phone = await createPhone();
    await openApp(phone, { initialUserId: undefined }, 'Sign in');
    expect(screen.getByRole('button', { name: 'Sign in' }).props['accessibilityState']).toEqual({ disabled: true });
    await act(async () => fireEvent.changeText(screen.getByLabelText('Your name'), 'ada'));
    await press(phone, 'Sign in');
    await settle(phone);
    await press(phone, 'Account');
    expect(screen.getByText('Signed in as ada.')).toBeTruthy();
  });

  it('waits until the engine before has let go, when the app is shown anew', async () => {
    const phone = await createPhone({ wrapBlobStore: slowLink });
    await openApp(phone);
    await postClip(phone);
    await pass(phone, 2_000);
    await cleanupAsync();
    await openApp(phone);
    await press(phone, 'Uploads');
    await until(phone, () => screen.queryByText('Posted') !== null);
    expect(phone.backend.posts).toHaveLength(1);
  });
});
