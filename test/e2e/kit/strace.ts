/** What a process reads and writes, as the kernel sees it. */
import { readFileSync } from 'node:fs';

const CALLS =
  'read,write,pread64,pwrite64,readv,writev,preadv,pwritev,preadv2,pwritev2,copy_file_range,sendfile,splice,mmap,io_uring_setup';

/** The command before a command that records its system calls into a file. */
export function straceWrapper(logPath: string): readonly string[] {
  return ['strace', '-f', '-qq', '-y', '-s', '0', '-e', `trace=${CALLS}`, '-e', 'signal=none', '-o', logPath];
}

/** One transfer between a process and a file. */
export interface Transfer {
  readonly call: string;
  /** The file as the kernel names it. */
  readonly path: string;
  /** Bytes that were asked for. */
  readonly askedBytes: number;
  /** Bytes that were moved. */
  readonly movedBytes: number;
}

const VECTORED = /^(?:p?readv2?|p?writev2?)$/;

/** All transfers of a log that touch a path which `wanted` takes. */
export function transfersIn(logPath: string, wanted: (path: string) => boolean): Transfer[] {
  const transfers: Transfer[] = [];
  for (const line of whole(readFileSync(logPath, 'utf8').split('\n'))) {
    const match = /^\d+\s+(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+)/.exec(line);
    if (match === null) continue;
    const [, call = '', args = '', result = ''] = match;
    const paths = [...args.matchAll(/\d+<([^>]*)>/g)].map(([, path = '']) => path).filter(wanted);
    for (const path of paths)
      transfers.push({ call, path, askedBytes: askedIn(call, args), movedBytes: call === 'mmap' ? 0 : Number(result) });
  }
  return transfers;
}

function askedIn(call: string, args: string): number {
  if (VECTORED.test(call)) return [...args.matchAll(/iov_len=(\d+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
  if (call === 'mmap') return Number(/^[^,]*, (\d+)/.exec(args)?.[1] ?? 0);
  // read(fd<path>, ""..., count) and pread64(fd<path>, ""..., count, offset): the count is the first bare number behind the buffer.
  const numbers = args
    .replace(/<[^>]*>/g, '')
    .split(',')
    .map((part) => part.trim());
  if (call === 'copy_file_range' || call === 'splice') return Number(numbers[4] ?? 0);
  if (call === 'sendfile') return Number(numbers[3] ?? 0);
  return Number(numbers[2] ?? 0);
}

/** Joins `<unfinished ...>` and `resumed` lines of one thread. */
function* whole(lines: readonly string[]): Generator<string> {
  const open = new Map<string, string>();
  for (const line of lines) {
    const thread = /^\d+/.exec(line)?.[0] ?? '';
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(line);
    const resumed = /^\d+\s+<\.\.\. \w+ resumed>(.*)$/.exec(line);
    if (unfinished !== null) open.set(thread, unfinished[1] ?? '');
    else if (resumed !== null) yield `${open.get(thread) ?? ''}${resumed[1] ?? ''}`;
    else yield line;
  }
}
