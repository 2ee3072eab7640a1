/** An XMLHttpRequest for Node, over its `fetch`: enough of one to carry stores to servers on loopback. */
import type { XhrLike } from '../../../../adapters/http/index.js';

type Body = NonNullable<RequestInit['body']>;

/** As in browsers: a reply comes whole or not at all, and after an abort nothing comes. */
export class LoopbackXhr implements XhrLike {
  status = 0;
  response: unknown = null;
  responseURL = '';
  responseType = '';
  upload: { onprogress: unknown } = { onprogress: null };
  onload: unknown = null;
  onerror: unknown = null;
  ontimeout: unknown = null;
  onabort: unknown = null;
  onprogress: unknown = null;
  private readonly aborting = new AbortController();
  private readonly sentHeaders: [string, string][] = [];
  private replyHeaders = '';
  private method = '';
  private url = '';

  open(method: string, url: string): void {
    this.method = method;
    this.url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.sentHeaders.push([name, value]);
  }

  getAllResponseHeaders(): string {
    return this.replyHeaders;
  }

  send(body?: Body): void {
    this.exchange(body).then(
      () => this.tell('onload'),
      () => this.tell('onerror'),
    );
  }

  abort(): void {
    if (this.aborting.signal.aborted) return;
    this.aborting.abort();
    this.call('onabort');
  }

  private async exchange(body: Body | undefined): Promise<void> {
    const { method, sentHeaders: headers, aborting } = this;
    const reply = await fetch(this.url, { method, headers, signal: aborting.signal, ...(body === undefined ? {} : { body }) });
    this.response = await reply.arrayBuffer();
    this.status = reply.status;
    this.responseURL = reply.url;
    this.replyHeaders = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  private tell(name: 'onload' | 'onerror'): void {
    if (!this.aborting.signal.aborted) this.call(name);
  }

  private call(name: 'onload' | 'onerror' | 'onabort'): void {
    (this[name] as ((event: object) => void) | null)?.({});
  }
}
