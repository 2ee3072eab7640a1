/** Reads the requests that pass through a proxy, and counts what each of them carries: a witness that the client cannot bribe. */

/** A request as it came by; `bodyBytes` grows while it does. */
export interface CountedRequest {
  readonly method: string;
  /** As in the first line, without the query. */
  readonly path: string;
  readonly connection: number;
  /** What its head announces. */
  readonly contentLength: number;
  bodyBytes: number;
}

/** Counts requests. */
export interface RequestCounter {
  /** In the order of their heads. */
  readonly requests: readonly CountedRequest[];
  /** What could not be read as a request: a count with any of these is no count. */
  readonly unreadable: readonly string[];
  /** Takes in the next bytes that a connection's client has sent. */
  observe(connection: number, bytes: Buffer): void;
}

const MOST_HEAD_BYTES = 65_536;
const END_OF_HEAD = '\r\n\r\n';

interface Stream {
  head: Buffer;
  current: CountedRequest | undefined;
  broken: boolean;
}

/** Starts a count. */
export function createRequestCounter(): RequestCounter {
  const requests: CountedRequest[] = [];
  const unreadable: string[] = [];
  const streams = new Map<number, Stream>();

  const begin = (stream: Stream, connection: number, text: string): void => {
    const [, method = '', target = ''] = /^([A-Z]+) (\S+) HTTP\/1\.1(?:\r\n|$)/.exec(text) ?? [];
    const length = /\r\ncontent-length: *(\d+) *(?:\r\n|$)/i.exec(text)?.[1];
    if (method === '' || /\r\ntransfer-encoding:/i.test(text)) {
      stream.broken = true;
      unreadable.push(text.slice(0, 200));
      return;
    }
    const [path = ''] = target.split('?');
    const request = { method, path, connection, contentLength: Number(length ?? 0), bodyBytes: 0 };
    requests.push(request);
    stream.current = request.contentLength > 0 ? request : undefined;
  };

  /** Takes what belongs to the body under way; returns the rest. */
  const takeBody = (stream: Stream, bytes: Buffer): Buffer => {
    const { current } = stream;
    if (current === undefined) return bytes;
    const taken = Math.min(bytes.length, current.contentLength - current.bodyBytes);
    current.bodyBytes += taken;
    if (current.bodyBytes === current.contentLength) stream.current = undefined;
    return bytes.subarray(taken);
  };

  /** Takes what belongs to a head; returns the rest, once the head is whole. */
  const takeHead = (stream: Stream, connection: number, bytes: Buffer): Buffer => {
    const head = Buffer.concat([stream.head, bytes]);
    const end = head.indexOf(END_OF_HEAD);
    stream.head = end < 0 ? head : Buffer.alloc(0);
    if (end >= 0) begin(stream, connection, head.toString('latin1', 0, end));
    else if (head.length > MOST_HEAD_BYTES) begin(stream, connection, '');
    return end < 0 ? Buffer.alloc(0) : head.subarray(end + END_OF_HEAD.length);
  };

  return {
    requests,
    unreadable,
    observe: (connection, bytes) => {
      const stream = streams.get(connection) ?? { head: Buffer.alloc(0), current: undefined, broken: false };
      streams.set(connection, stream);
      let rest = bytes;
      while (rest.length > 0 && !stream.broken)
        rest = stream.current === undefined ? takeHead(stream, connection, rest) : takeBody(stream, rest);
    },
  };
}
