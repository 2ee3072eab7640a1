/** A whole app on ports in memory: a phone that a test can kill, and whose clock it turns. */
import { act, cleanupAsync, fireEvent, renderAsync, screen } from '@testing-library/react-native';
import { Text } from 'react-native';
import type { BlobStore, Clock } from 'reelway';
import { createScriptedLink, createTestPorts, type TestPorts, type TestPortsOptions } from 'reelway/testing';
import { AppShell, type AppShellProps } from '../src/app-shell';
import type { Backend, FeedPage, Reel, ReelwayHost } from '../src/reels/host';
import type { PickedVideo, VideoTools } from '../src/reels/use-create-reel';

export const MIB = 1024 * 1024;

/** The app's server: keeps what is posted, and drops repetitions. */
export class TestBackend implements Backend {
  readonly posts: (Reel & { readonly posterKey?: string })[] = [];
  readonly calls: string[] = [];
  readonly asked: (string | undefined)[] = [];
  /** Thrown by the next calls of `post`, in order. */
  readonly refusals: Error[] = [];
  /** Thrown by the next calls of `feed`. */
  readonly failures: Error[] = [];
  pages: readonly FeedPage[] = [{ reels: [] }];
  private readonly keys = new Set<string>();

  async post(reel: Reel, idempotencyKey: string): Promise<void> {
    this.calls.push(idempotencyKey);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    if (this.keys.has(idempotencyKey)) return;
    this.keys.add(idempotencyKey);
    this.posts.push(reel);
  }

  async feed(cursor?: string): Promise<FeedPage> {
    this.asked.push(cursor);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return this.pages[Number(cursor ?? 0)] ?? { reels: [] };
  }
}

export interface Phone {
  readonly ports: TestPorts;
  readonly host: ReelwayHost;
  readonly backend: TestBackend;
}

const DIRECTORIES = {
  cache: '/app/caches/reels',
  player: '/app/caches/player',
  sources: '/app/documents/sources',
  staging: '/app/documents/staging',
};

/** A phone with a video in its gallery. */
export async function createPhone(options: TestPortsOptions = {}): Promise<Phone> {
  const ports = createTestPorts(options);
  await ports.addFile(CLIP.uri, 3 * MIB);
  await ports.addFile('/gallery/poster.jpg', 20_000);
  return phoneOf(ports, new TestBackend());
}

function phoneOf(ports: TestPorts, backend: TestBackend): Phone {
  return { ports, backend, host: { ports: withImport(ports), directories: DIRECTORIES, backend } };
}

/** The memory file system with a phone's `importFile`. */
function withImport(ports: TestPorts): ReelwayHost['ports'] {
  const importFile = async (uri: string, destination: string): Promise<void> => {
    await ports.addFile(destination, (await ports.readFile(uri)) ?? new Uint8Array());
  };
  return { ...ports, fileSystem: { ...ports.fileSystem, importFile } };
}

export const CLIP: PickedVideo = { uri: '/gallery/clip.mp4', fileName: 'clip.mp4', durationSeconds: 12, width: 720, height: 1280 };

export const TOOLS: VideoTools = { pick: async () => CLIP };

/** Stands for react-native-video. */
export function TestPlayer({ source, paused }: { readonly source: { readonly uri: string }; readonly paused: boolean }) {
  return <Text>{`${paused ? 'paused' : 'playing'} ${source.uri}`}</Text>;
}

/** Shows the app, and waits until it has started: until it has a button of the expected name. */
export async function openApp(phone: Phone, props: Partial<AppShellProps> = {}, expected = 'New'): Promise<void> {
  const selfTest = { device: {}, share: async () => undefined, targets: noTargets(phone) };
  await renderAsync(
    <AppShell host={phone.host} videoTools={TOOLS} player={TestPlayer} selfTest={selfTest} initialUserId="ada" {...props} />,
  );
  await settle(phone);
  screen.getByRole('button', { name: expected });
}

function noTargets({ ports }: Phone) {
  const { fileSystem, keyValueStore, blobStore } = ports;
  return { fileSystem, directory: '/app/self-test', keyValueStore: () => keyValueStore, blobStore: () => blobStore };
}

/** The system kills the app, and the person opens it again. */
export async function relaunch(phone: Phone, props: Partial<AppShellProps> = {}): Promise<Phone> {
  const next = phoneOf(phone.ports.restart(), phone.backend);
  // The killed life is taken off the screen too; it has no ports any more, so it can do nothing on its way out.
  await cleanupAsync();
  await openApp(next, props);
  return next;
}

/** 250 kB a second. */
export function slowLink(store: BlobStore, clock: Clock): BlobStore {
  return createScriptedLink(store, { clock, latencyMs: 50, bytesPerSecond: 250_000 }).store;
}

/** A touch, and what follows at once. */
export async function press(phone: Phone, name: string): Promise<void> {
  fireEvent.press(screen.getByRole('button', { name }));
  await settle(phone);
}

/** Lets everything settle that needs no time. */
export async function settle({ ports }: Phone): Promise<void> {
  await act(async () => {
    for (let turn = 0; turn < 30; turn += 1) await ports.clock.settle();
  });
}

/** Time passes. */
export async function pass({ ports }: Phone, ms: number): Promise<void> {
  await act(async () => ports.clock.advance(ms));
}

/** Time passes until something is so; fails after two virtual minutes. */
export async function until(phone: Phone, isSo: () => boolean): Promise<void> {
  for (let step = 0; !isSo(); step += 1) {
    if (step > 1_200) throw new Error(`It never came about. What is on the screen: ${wordsOnScreen()}`);
    await pass(phone, 100);
  }
}

function wordsOnScreen(): string {
  return screen
    .queryAllByText(/./)
    .map(({ props }) => String(props['children']))
    .join(' | ');
}
