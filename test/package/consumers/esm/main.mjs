/** An app in ES modules. */
import * as reelway from 'reelway';
import * as conformance from 'reelway/conformance';
import * as fetch from 'reelway/fetch';
import * as memory from 'reelway/memory';
import * as node from 'reelway/node';
import metadata from 'reelway/package.json' with { type: 'json' };
import * as testing from 'reelway/testing';
import * as upload from 'reelway/upload';
import { scenario } from '../scenario.cjs';

if (metadata.name !== 'reelway') throw new Error('package.json cannot be imported');
await scenario({ reelway, conformance, fetch, memory, node, testing, upload }, 'esm');
