/** What a schema found, in our words: the field at fault and the problem; never the value, which may be private. */

/** The part of a zod issue that is reported. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly code?: string | undefined;
  readonly message: string;
  readonly keys?: readonly string[];
}

/** A fault in a field, as a dotted path. */
export interface FieldIssue {
  readonly field: string;
  readonly problem: string;
}

/** The first issue; the field's path starts with `parents`. */
export function describeIssue(issues: readonly SchemaIssue[], parents: readonly string[] = []): FieldIssue {
  const issue = issues[0] as SchemaIssue;
  const path = [...parents, ...issue.path, ...(issue.keys ?? []).slice(0, 1)];
  const problem = issue.code === 'unrecognized_keys' ? 'is not known' : issue.message;
  return { field: path.map(String).join('.').slice(0, 200), problem };
}
