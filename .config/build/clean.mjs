/** Empties dist before a build, since both formats write into it at once and neither may clean what the other wrote. */
import { rmSync } from 'node:fs';

rmSync(new URL('../../dist', import.meta.url), { recursive: true, force: true });
