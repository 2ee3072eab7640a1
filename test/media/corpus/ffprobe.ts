/** What ffprobe says of a media file: the judge of the suite. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One packet, in ticks of its stream. */
export interface Packet {
  readonly position: number;
  readonly sizeBytes: number;
  readonly pts: number;
  readonly dts: number;
  readonly duration: number;
  readonly isKey: boolean;
  /** Whether a player decodes it and does not show it. */
  readonly isDiscarded: boolean;
}

/** One stream. */
export interface Stream {
  readonly id: number;
  readonly type: string;
  readonly codec: string;
  readonly tag: string;
  readonly profile: string | undefined;
  readonly timescale: number;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Frames a second on average; 0 where ffprobe does not know. */
  readonly frameRate: number;
  readonly channels: number | undefined;
  readonly sampleRateHz: number | undefined;
  readonly durationSeconds: number;
  readonly language: string | undefined;
  /** Clockwise. */
  readonly rotationDegrees: number;
  readonly transfer: string | undefined;
  readonly sideData: readonly { readonly [name: string]: string | number }[];
  readonly packets: readonly Packet[];
}

interface Raw {
  readonly [name: string]: string | undefined;
}

type SideData = readonly { readonly [name: string]: string | number }[];

type RawStream = Raw & { readonly tags?: Raw; readonly side_data_list?: SideData };

const quotient = (text: string | undefined): number => {
  const [over = 0, under = 1] = (text ?? '0/1').split('/').map(Number);
  return under === 0 ? 0 : over / under;
};

/** All streams with all their packets, in the order of decoding. */
export async function probe(file: string): Promise<{ readonly durationSeconds: number; readonly streams: readonly Stream[] }> {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', '-show_packets', '-show_entries'];
  const entries = 'packet=stream_index,pts,dts,duration,size,pos,flags';
  const { stdout } = await run('ffprobe', [...args, entries, file], { maxBuffer: 2 ** 28 });
  const json = JSON.parse(stdout) as { format: Raw; streams: RawStream[]; packets: Raw[] };
  const streams = json.streams.map((stream) => {
    const packets = json.packets.filter((packet) => packet['stream_index'] === stream['index']).map(packetOf);
    return { ...streamOf(stream), packets };
  });
  return { durationSeconds: Number(json.format['duration']), streams };
}

function packetOf(packet: Raw): Packet {
  return {
    position: Number(packet['pos']),
    sizeBytes: Number(packet['size']),
    pts: Number(packet['pts']),
    dts: Number(packet['dts']),
    duration: Number(packet['duration'] ?? 0),
    isKey: packet['flags']?.startsWith('K') ?? false,
    isDiscarded: packet['flags']?.includes('D') ?? false,
  };
}

function streamOf(stream: RawStream): Omit<Stream, 'packets'> {
  const sideData = stream.side_data_list ?? [];
  const rotation = Number(sideData.find((data) => data['rotation'] !== undefined)?.['rotation'] ?? 0);
  const count = (name: string): number | undefined => (stream[name] === undefined ? undefined : Number(stream[name]));
  return {
    id: Number(stream['id'] ?? 0),
    type: stream['codec_type'] ?? '',
    codec: stream['codec_name'] ?? '',
    tag: stream['codec_tag_string'] ?? '',
    profile: stream['profile'],
    timescale: 1 / quotient(stream['time_base']),
    width: count('width'),
    height: count('height'),
    frameRate: quotient(stream['avg_frame_rate']),
    channels: count('channels'),
    sampleRateHz: count('sample_rate'),
    durationSeconds: Number(stream['duration'] ?? 0),
    language: stream.tags?.['language'],
    rotationDegrees: (360 - rotation) % 360,
    transfer: stream['color_transfer'],
    sideData,
  };
}
