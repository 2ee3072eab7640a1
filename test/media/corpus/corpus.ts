/** Media files of many kinds, made by ffmpeg for one run of the suite. */
import { execFile } from 'node:child_process';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const picture = (size: string, rate = '30', extra = ''): string[] => ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}${extra}`];
const sound = (hz = 440, rate = 48_000): string[] => ['-f', 'lavfi', '-i', `sine=frequency=${hz}:beep_factor=4:sample_rate=${rate}`];
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-bf', '3', '-g', '30', '-pix_fmt', 'yuv420p'];
const aac = ['-c:a', 'aac', '-b:a', '64k'];
const small = [...picture('320x180'), ...sound()];
const base = [...small, '-t', '3', ...h264, ...aac];
const hdr = 'hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:repeat-headers=1';
const display = 'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)';

const words = (text: string): string[] => text.split(' ');
const vp9 = words('-c:v libvpx-vp9 -deadline realtime -cpu-used 8');

/** How ffmpeg makes each file; files further down may be made from those above. */
const RECIPES: { readonly [name: string]: readonly string[] } = {
  'moov-last.mp4': base,
  'moov-first.mp4': ['-i', 'moov-last.mp4', '-c', 'copy', '-movflags', '+faststart'],
  'one-second-gop.mov': base,
  'hevc.mp4': [...small, '-t', '2', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-tag:v', 'hvc1', ...aac],
  'hevc-hdr10.mp4': [
    ...[...picture('320x180'), '-t', '1', '-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1'],
    ...['-x265-params', `log-level=none:${hdr}:${display}`, '-color_primaries', 'bt2020', '-color_trc', 'smpte2084'],
    ...['-colorspace', 'bt2020nc', '-movflags', '+write_colr'],
  ],
  'hev1-open-gop.mp4': [
    ...[...picture('320x180'), '-t', '3', '-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hev1'],
    ...['-x265-params', 'log-level=none:open-gop=1:keyint=24:bframes=4'],
  ],
  'vfr.mp4': [
    ...[...picture('320x180'), '-t', '4', '-vf', "select='not(mod(n\\,3))+lt(mod(n\\,30)\\,10)'", '-fps_mode', 'vfr'],
    ...['-video_track_timescale', '90000', ...h264],
  ],
  'upright.mov': [...picture('640x360', '30000/1001'), ...sound(330, 44_100), ...h264, ...aac, ...words('-t 3 -timecode 01:00:00:00')],
  'rotated.mov': ['-i', 'upright.mov', '-c', 'copy', '-metadata:s:v:0', 'rotate=90'],
  'rotated-180.mp4': ['-i', 'moov-last.mp4', '-c', 'copy', '-metadata:s:v:0', 'rotate=180'],
  'rotated-270.mp4': ['-i', 'moov-last.mp4', '-c', 'copy', '-metadata:s:v:0', 'rotate=270'],
  'late-audio.mp4': [...picture('320x180'), '-itsoffset', '0.7', ...sound(), '-t', '3', ...h264, ...aac],
  'late-video.mp4': ['-itsoffset', '0.5', ...picture('320x180'), ...sound(), '-t', '3', ...h264, ...aac],
  'vp9.mp4': [...picture('320x180'), ...sound(), ...vp9, ...words('-t 2 -c:a libopus')],
  'av1.mp4': [...picture('320x180'), ...sound(), '-t', '2', '-c:v', 'libsvtav1', '-preset', '12', '-c:a', 'flac', '-strict', '-2'],
  'audio-only.m4a': [...sound(440, 44_100), '-t', '5', ...aac],
  'alac.m4a': [...sound(440, 44_100), '-t', '3', '-c:a', 'alac'],
  'opus.mp4': [...sound(), '-t', '3', '-c:a', 'libopus'],
  'mp3.mp4': [...picture('320x180'), ...sound(), '-t', '2', ...h264, '-c:a', 'libmp3lame'],
  'pcm.mov': [...picture('320x180'), ...sound(), '-t', '2', ...h264, '-c:a', 'pcm_s16le'],
  'pcm-24-stereo.mov': [...picture('320x180'), ...sound(), '-t', '2', ...h264, '-c:a', 'pcm_s24le', '-ac', '2'],
  'prores.mov': [...picture('320x180'), '-t', '1', '-c:v', 'prores_ks', '-profile:v', '0'],
  'languages.mp4': [
    ...[...picture('320x180'), ...sound(440), ...sound(550), ...sound(660), '-t', '2', '-map', '0', '-map', '1', '-map', '2', '-map', '3'],
    ...[...h264, '-c:a:0', 'aac', '-c:a:1', 'ac3', '-c:a:2', 'eac3'],
    ...['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu', '-metadata:s:a:2', 'language=jpn'],
  ],
  'key-frames-4k.mp4': [
    ...picture('3840x2160', '10', ',noise=alls=40:allf=t'),
    ...words('-t 1 -c:v libx264 -preset ultrafast -qp 26 -g 5'),
  ],
  'fragmented.mp4': [...base, '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
  'fragmented-old.mp4': [...base, '-movflags', '+frag_keyframe+empty_moov', '-frag_duration', '500000'],
  'fragmented-samples-in-moov.mp4': [...base, '-movflags', '+frag_keyframe'],
  'fragmented-delay-moov.mp4': [...base, '-movflags', '+frag_keyframe+delay_moov+default_base_moof'],
  'fragmented-sidx.mp4': [...base, '-movflags', '+frag_keyframe+empty_moov+default_base_moof+dash+global_sidx'],
  'fragmented-dash.mp4': [...picture('320x180'), '-t', '3', ...h264, '-movflags', '+frag_keyframe+empty_moov+default_base_moof+dash'],
  'fragmented-omit-offset.mp4': [...base, '-movflags', '+frag_keyframe+empty_moov+omit_tfhd_offset'],
  'fragmented-each-frame.mp4': [...base, '-movflags', '+frag_every_frame+empty_moov+default_base_moof'],
  'iphone.mov': [
    ...['-i', 'upright.mov', '-c', 'copy', '-map', '0:v', '-map', '0:a', '-movflags', '+use_metadata_tags', '-metadata:s:v:0', 'rotate=90'],
    ...['-metadata', 'com.apple.quicktime.make=Apple', '-video_track_timescale', '600', '-brand', 'qt  '],
  ],
  'no-b-frames.mp4': [...small, '-t', '3', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '15', ...aac],
  'intra-only.mp4': [...picture('320x180'), '-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '1'],
  'mpeg4.mp4': [...small, '-t', '2', '-c:v', 'mpeg4', '-bf', '2', ...aac],
  'mjpeg.mov': [...picture('320x180'), '-t', '1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
  'captions.mp4': ['-i', 'moov-last.mp4', '-i', 'captions.srt', '-c', 'copy', '-c:s', 'mov_text', '-metadata:s:s:0', 'language=fra'],
  'webm.webm': [...picture('160x90'), '-t', '1', ...vp9],
  'matroska.mkv': ['-i', 'moov-last.mp4', '-c', 'copy'],
  'stream.ts': ['-i', 'moov-last.mp4', '-c', 'copy'],
  'old.avi': [...picture('160x90'), '-t', '1', '-c:v', 'mpeg4'],
  'sound.ogg': [...sound(), '-t', '1', '-c:a', 'libopus'],
  'sound.mp3': [...sound(), '-t', '1', '-c:a', 'libmp3lame'],
  'sound-no-tag.mp3': [...sound(), '-t', '1', '-c:a', 'libmp3lame', '-id3v2_version', '0', '-write_xing', '0'],
  'sound.wav': [...sound(), '-t', '1'],
  'sound.flac': [...sound(), '-t', '1'],
  'sound.aac': [...sound(), '-t', '1', ...aac],
  'flash.flv': ['-i', 'moov-last.mp4', '-c', 'copy'],
  'windows.wmv': [...picture('160x90'), '-t', '1', '-c:v', 'wmv2'],
  'program.mpg': [...picture('160x90', '25'), '-t', '1', '-c:v', 'mpeg2video', '-f', 'vob'],
};

const CAPTIONS = '1\n00:00:00,200 --> 00:00:01,000\nOne\n\n2\n00:00:01,500 --> 00:00:02,500\nTwo\n';
const PHONE = '/usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4';

/** Names of the files that have an index: everything in MP4, MOV and M4A. */
export const INDEXED: readonly string[] = [
  ...Object.keys(RECIPES).filter((name) => /\.(mp4|mov|m4a)$/.test(name)),
  ...['phone.mp4', 'sparse-5-gib.mp4'],
];

/** Makes all files in a directory. */
export async function makeCorpus(directory: string): Promise<void> {
  await writeFile(join(directory, 'captions.srt'), CAPTIONS);
  for (const [name, recipe] of Object.entries(RECIPES)) {
    await run('ffmpeg', ['-v', 'error', '-y', ...recipe, name], { cwd: directory });
  }
  await writeFile(join(directory, 'phone.mp4'), await readFile(PHONE));
  await makeSparse(join(directory, 'moov-last.mp4'), join(directory, 'sparse-5-gib.mp4'));
}

/** A file of 5 GiB that takes a few megabytes of disk: a large `mdat` with a hole in it, and 64-bit offsets behind the hole. */
async function makeSparse(source: string, target: string): Promise<void> {
  const bytes = await readFile(source);
  const { size } = await stat(source);
  const find = (type: string, from = 0): number => bytes.indexOf(type, from, 'latin1') - 4;
  const mdat = find('mdat');
  const moov = find('moov', mdat + bytes.readUInt32BE(mdat));
  const holeBytes = 5 * 1024 ** 3;
  // A large header is 8 bytes longer; the chunks lie behind the hole.
  const wide = widenOffsets(bytes.subarray(moov, size), holeBytes + 8);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1, 0);
  header.write('mdat', 4, 'latin1');
  header.writeBigUInt64BE(BigInt(moov - mdat + 8 + holeBytes), 8);
  const file = await open(target, 'w');
  try {
    await file.write(bytes, 0, mdat, 0);
    await file.write(header, 0, 16, mdat);
    await file.write(bytes, mdat + 8, moov - mdat - 8, mdat + 16 + holeBytes);
    await file.write(wide, 0, wide.length, moov + 8 + holeBytes);
  } finally {
    await file.close();
  }
}

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** The same boxes with `co64` in place of `stco`, and `by` added to each offset. */
function widenOffsets(boxes: Buffer, by: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= boxes.length; at += boxes.readUInt32BE(at)) {
    const box = boxes.subarray(at, at + boxes.readUInt32BE(at));
    const type = box.toString('latin1', 4, 8);
    let content = box.subarray(8);
    if (CONTAINERS.has(type)) content = widenOffsets(content, by);
    if (type === 'stco') {
      const count = content.readUInt32BE(4);
      const wide = Buffer.alloc(8 + count * 8);
      content.copy(wide, 0, 0, 8);
      for (let n = 0; n < count; n++) wide.writeBigUInt64BE(BigInt(content.readUInt32BE(8 + n * 4) + by), 8 + n * 8);
      content = wide;
    }
    const header = Buffer.alloc(8);
    header.writeUInt32BE(content.length + 8, 0);
    header.write(type === 'stco' ? 'co64' : type, 4, 'latin1');
    parts.push(header, content);
  }
  return Buffer.concat(parts);
}
