import { test } from 'vitest';
import { asyncStorageKeyValueStore } from '../../../adapters/async-storage/index.js';
import { keyValueStoreSuite } from '../../../src/conformance/index.js';
import { MAKES } from './support.js';

const ROOM = 300_000;

for (const [name, install] of MAKES) {
  keyValueStoreSuite({
    name: `asyncStorageKeyValueStore over ${name}`,
    test,
    sample: asyncStorageKeyValueStore({ lib: install().launch() }),
    claims: { persistent: true, breakable: true, roomCharacters: ROOM },
    create: async () => {
      const installation = install();
      const open = () => asyncStorageKeyValueStore({ lib: installation.launch(), maxBytes: ROOM });
      return {
        keyValueStore: open(),
        reopen: async () => open(),
        breakStorage: async () => installation.breakStorage(),
      };
    },
  });
}
