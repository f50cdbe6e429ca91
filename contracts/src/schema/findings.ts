import type { z } from "zod";
import type { Finding } from "../errors.ts";

const RULE = /^([a-z][a-z0-9-]*): (.*)$/s;

/** One finding of a rule at a path. */
export function finding(path: string, rule: string, message: string): Finding {
  return { path, rule, message };
}

/**
 * What zod found, as findings. A message that begins with a rule's id and a colon ("decimal: …") names that rule; all
 * others are `schema`.
 */
export function findingsOf(error: z.ZodError): Finding[] {
  return error.issues.map((issue) => {
    const [, rule = "schema", message = issue.message] = RULE.exec(issue.message) ?? [];
    return { path: issue.path.map(String).join("."), rule, message };
  });
}

/** The parsed value, or what `refuse` makes of the findings, thrown. */
export function parseOr<T>(schema: z.ZodType<T>, value: unknown, refuse: (issues: Finding[]) => Error): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(findingsOf(parsed.error));
}
