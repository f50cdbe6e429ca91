import { activityOf, componentLine, type LedgerLine, requireNoInputs, unitOf } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { parsePlace } from "@tallystick/registry";

/** Why a line could never be counted, whatever evidence comes: a slip, to be mended in the file. */
export interface LineSlip {
  /** Property of the line. */
  readonly column: string;
  /** "method-unknown", "geography-unknown": the code of the refusal, folded. */
  readonly rule: string;
  readonly value: string;
  readonly message: string;
}

/**
 * What of a line names something that there is not: a place, a method, an input, a unit. What it merely lacks may be no matter, since it may
 * be counted by other evidence.
 */
export function slipOf(line: LedgerLine): LineSlip | undefined {
  const { geography, method, components } = line;
  if (geography !== undefined) {
    const slip = slipIn("geography", geography, () => parsePlace(geography));
    if (slip !== undefined) return slip;
  }
  if (components === undefined)
    return method === undefined ? undefined : slipIn("method", method, () => activityOf(line));
  const whole = slipIn("components", line.id, () => requireNoInputs(line));
  if (whole !== undefined) return whole;
  for (const component of components) {
    const one = componentLine(line, component);
    const slip = slipIn("components", component.id, () => {
      if (one.method !== undefined) activityOf(one);
      else if (one.unit !== undefined) unitOf(one.unit);
    });
    if (slip !== undefined) return slip;
  }
  return undefined;
}

function slipIn(column: string, value: string, check: () => unknown): LineSlip | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!isTallyError(error)) throw error;
    if (error.code === "ACTIVITY_DATA_MISSING") return undefined;
    const rule = error.code.toLowerCase().replaceAll("_", "-");
    return { column, rule, value, message: messageOf(error.details) };
  }
}

/** The facts of a refusal, in a line: "method: teleport; offered: spend-based, …". */
function messageOf(details: object): string {
  return Object.entries(details)
    .filter(([name]) => name !== "line")
    .map(([name, fact]) => `${name}: ${Array.isArray(fact) ? fact.join(", ") : String(fact)}`)
    .join("; ");
}
