/** Whether an adapter is of its port's shape. */
import { type Check, show } from './check.js';

/** Checks that methods are functions: required ones there, optional ones there or absent. */
export function checkShape(check: Check, adapter: object, required: readonly string[], optional: readonly string[]): void {
  const members = adapter as { readonly [name: string]: unknown };
  for (const name of required) check.equal(typeof members[name], 'function', `the type of ${name}`);
  for (const name of optional) {
    const member = members[name];
    check.that(member === undefined || typeof member === 'function', `${name} is ${show(member)}: leave out what the host cannot do`);
  }
}
