/** What the bench of object stores measures against, loaded from this suite's own folder; each only where it is asked for, since it costs memory. */
import { readFile } from 'node:fs/promises';

export const client = () => import('@aws-sdk/client-s3');
export const presigner = () => import('@aws-sdk/s3-request-presigner');
export const libStorage = () => import('@aws-sdk/lib-storage');
export const tusClient = () => import('tus-js-client');
export const tusServer = () => import('@tus/server');

const NAMES = ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@tus/server', 'tus-js-client'];

/** The versions that are installed, by name. */
export async function versions() {
  const pages = NAMES.map((name) => readFile(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'));
  return Object.fromEntries((await Promise.all(pages)).map((page, index) => [NAMES[index], JSON.parse(page).version]));
}
