/** A transport that answers from a script, for what no server is needed for. */
import { bytesReader } from '../../../../src/adapter-kit/index.js';
import type { HttpRequest, HttpStreamReply, HttpTransport } from '../../../../src/ports/index.js';

/** A reply as a test writes it down. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | string;
  /** @default the address that was asked */
  readonly url?: string;
}

/** What was asked, and whether each reply was closed. */
export interface ScriptedTransport extends HttpTransport {
  readonly requests: readonly HttpRequest[];
  /** Replies handed out and not yet closed. */
  open(): number;
}

/** Answers each request by the script; `streamsReplies` as given. */
export function scriptedTransport(
  script: (request: HttpRequest, index: number) => ScriptedReply | Promise<ScriptedReply>,
  streamsReplies = true,
): ScriptedTransport {
  const requests: HttpRequest[] = [];
  let open = 0;
  const send = async (request: HttpRequest): Promise<HttpStreamReply> => {
    requests.push(request);
    const { status = 200, headers = {}, body = '', url = request.url } = await script(request, requests.length - 1);
    open += 1;
    let isOpen = true;
    const reader = bytesReader(typeof body === 'string' ? new TextEncoder().encode(body) : body);
    const close = async (): Promise<void> => {
      if (isOpen) open -= 1;
      isOpen = false;
      await reader.close();
    };
    return { status, url, header: (name) => headers[name.toLowerCase()], body: { next: () => reader.next(), close } };
  };
  return { accepts: ['bytes', 'stream'], streamsReplies, requests, open: () => open, send };
}
