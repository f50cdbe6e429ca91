import { contractError, type Finding } from "../errors.ts";
import { findingsOf } from "../schema/findings.ts";
import { findLimitFault, type JsonLimits } from "../schema/json-limits.ts";
import { dropNulls } from "./drop-nulls.ts";
import { FOOTPRINT_RULES } from "./footprint-rules.ts";
import { productFootprintSchema } from "./footprint-schema.ts";
import type { ProductFootprint } from "./product-footprint.ts";

/** 64 KiB of compact JSON, 16 levels, 10,000 values. Single fields have limits of their own in the schema. */
export const FOOTPRINT_LIMITS: JsonLimits = { maxBytes: 65_536, maxDepth: 16, maxValues: 10_000 };

/** Most findings that one refusal reports. */
const MAX_REPORTED = 50;

/** A footprint that broke no rule of level error, and the warnings it carries. */
export interface CheckedFootprint {
  /** Without nulls; unknown properties kept. */
  readonly footprint: ProductFootprint;
  readonly warnings: readonly Finding[];
}

/**
 * Checks a footprint whole: its limits, its shape, then FOOTPRINT_RULES.
 * @throws FOOTPRINT_INVALID with every error found at the first of these levels that has any
 */
export function checkFootprint(value: unknown): CheckedFootprint {
  const fault = findLimitFault(value, FOOTPRINT_LIMITS);
  if (fault !== undefined) throw refused([fault]);
  const parsed = productFootprintSchema.safeParse(dropNulls(value));
  if (!parsed.success) throw refused(findingsOf(parsed.error));
  const errors: Finding[] = [];
  const warnings: Finding[] = [];
  for (const rule of FOOTPRINT_RULES) {
    const found = rule.level === "error" ? errors : warnings;
    for (const each of rule.check(parsed.data)) found.push(each);
  }
  if (errors.length > 0) throw refused(errors);
  return { footprint: parsed.data, warnings };
}

function refused(issues: readonly Finding[]): Error {
  return contractError("FOOTPRINT_INVALID", { issues: issues.slice(0, MAX_REPORTED) });
}
