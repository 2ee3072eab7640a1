/** Refuses misspelt options, which would otherwise have no effect without notice. */

/**
 * Checks the names of all options of a factory.
 * @param known every option; a new one does not compile until it is listed
 * @throws {TypeError} that names the unknown option
 */
export function assertOptions<Options extends object>(
  factory: string,
  options: Options | undefined,
  known: { readonly [Name in keyof Options]-?: true },
): void {
  const unknown = Object.keys(options ?? {}).find((name) => !Object.keys(known).includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`Unknown option of ${factory}: ${JSON.stringify(unknown.slice(0, 80))}. Known: ${Object.keys(known).join(', ')}`);
}
