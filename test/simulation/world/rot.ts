/** Damage to records while no process looks: one digit is another, or one of the two places of a record cannot be read. */
import { recordIn } from '../upload/durable.js';
import type { Records } from './records.js';
import type { World } from './world.js';

/** What every record and page begins with. Another version would be that of a newer release. */
const VERSION = /^reelway\/1 /;
const PLACE = /\/item\/[a-z0-9-]+\/(a|b)$/;

/** Damages some pages, and of some records the place that was written first or last, as long as the other one can be read. */
export function damageRecords(world: World, records: Records): void {
  for (const [key, text] of records) {
    if (key.includes('/page/') && world.strikes('flippedDigit')) records.set(key, withOtherDigit(text, world.ownRandom('rot')));
    const other = PLACE.test(key) ? otherPlace(records, key) : undefined;
    if (other === undefined || !mayLose(text, other) || !world.strikes('damagedSlot')) continue;
    const random = world.ownRandom('rot');
    records.set(key, random() < 0.5 ? withOtherDigit(text, random) : text.slice(0, Math.floor(random() * text.length)));
  }
}

function otherPlace(records: Records, key: string): string | undefined {
  return records.get(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`);
}

/** Only its last change may be lost of an upload, and no cancellation. */
function mayLose(text: string, other: string): boolean {
  return isIntact(text) && isIntact(other) && !text.includes('"status":"canceled"');
}

function isIntact(text: string): boolean {
  return recordIn(text) !== undefined;
}

function withOtherDigit(text: string, random: () => number): string {
  const head = VERSION.exec(text)?.[0].length ?? 0;
  const places = [...text.slice(head)].flatMap((character, at) => (/[0-9]/.test(character) ? [head + at] : []));
  const at = places[Math.floor(random() * places.length)];
  if (at === undefined) return text;
  return `${text.slice(0, at)}${(Number(text[at]) + 1 + Math.floor(random() * 9)) % 10}${text.slice(at + 1)}`;
}
