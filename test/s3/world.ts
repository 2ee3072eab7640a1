/** One object gateway for the whole suite. */
import type { TestProject } from 'vitest/node';
import { type RgwServer, startRgw } from '../servers/rgw.js';

/** What tests are told of the gateway. */
export interface GatewayAddress {
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    gateway: GatewayAddress;
  }
}

let server: RgwServer | undefined;

export async function setup({ provide }: TestProject): Promise<void> {
  server = await startRgw();
  const { endpoint, port, accessKeyId, secretAccessKey } = server;
  provide('gateway', { endpoint, port, accessKeyId, secretAccessKey });
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
