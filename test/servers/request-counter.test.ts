/** A count that kills are judged by must itself be right, however the bytes are cut. */
import { describe, expect, it } from 'vitest';
import { createRequestCounter } from './request-counter.js';

const CONVERSATION = [
  'HEAD /bucket/big/manifest.json HTTP/1.1\r\nHost: a\r\n\r\n',
  'PUT /bucket/big/x/0?x-id=PutObject HTTP/1.1\r\nhost: a\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nPU',
  'GET /bucket/big/manifest.json HTTP/1.1\r\n\r\n',
  'PUT /bucket/big/x/1 HTTP/1.1\r\ncontent-length:4\r\nexpect: 100-continue\r\n\r\nbody',
].join('');

function counted(pieces: readonly string[]) {
  const counter = createRequestCounter();
  for (const piece of pieces) counter.observe(0, Buffer.from(piece, 'latin1'));
  return { unreadable: counter.unreadable, requests: counter.requests.map(({ method, path, bodyBytes }) => [method, path, bodyBytes]) };
}

const EXPECTED = [
  ['HEAD', '/bucket/big/manifest.json', 0],
  ['PUT', '/bucket/big/x/0', 11],
  ['GET', '/bucket/big/manifest.json', 0],
  ['PUT', '/bucket/big/x/1', 4],
];

describe('the count of requests', () => {
  it('is the same wherever the bytes are cut', () => {
    for (let cut = 0; cut <= CONVERSATION.length; cut += 1) {
      expect(counted([CONVERSATION.slice(0, cut), CONVERSATION.slice(cut)])).toEqual({ unreadable: [], requests: EXPECTED });
    }
    expect(counted([...CONVERSATION])).toEqual({ unreadable: [], requests: EXPECTED });
  });

  it('has what has come of a body that was cut off', () => {
    expect(counted([CONVERSATION.slice(0, -3)]).requests[3]).toEqual(['PUT', '/bucket/big/x/1', 1]);
  });

  it('keeps connections apart', () => {
    const counter = createRequestCounter();
    counter.observe(0, Buffer.from('PUT /a HTTP/1.1\r\ncontent-length: 2\r\n'));
    counter.observe(1, Buffer.from('PUT /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nbbb'));
    counter.observe(0, Buffer.from('\r\naa'));
    expect(counter.requests).toEqual([
      { method: 'PUT', path: '/b', connection: 1, contentLength: 3, bodyBytes: 3 },
      { method: 'PUT', path: '/a', connection: 0, contentLength: 2, bodyBytes: 2 },
    ]);
  });

  it.each([
    ['a body without a length', 'PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\naa\r\n0\r\n\r\n'],
    ['what is no request', 'hello\r\n\r\n'],
    ['a head without an end', 'x'.repeat(70_000)],
  ])('says that it cannot read %s', (_what, text) => {
    expect(counted([text])).toMatchObject({ unreadable: [expect.any(String)], requests: [] });
  });
});
