import { unitOf } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";

/** What a text means as a unit or a currency: the code it is or may be, or the codes to choose from. */
export interface Meant {
  readonly as?: string;
  readonly alternatives?: readonly string[];
}

/** Names that systems give units, in lower case. */
const UNIT_NAMES: Readonly<Record<string, string>> = {
  kgs: "kg",
  kilo: "kg",
  gr: "g",
  to: "t",
  tne: "t",
  tonnen: "t",
  ltr: "l",
  cbm: "m3",
  "m³": "m3",
  qm: "m2",
  "m²": "m2",
  st: "piece",
  stk: "piece",
  stück: "piece",
  pce: "piece",
  pcs: "piece",
  ea: "piece",
  tkm: "t-km",
  pkm: "passenger-km",
};
const CURRENCY = /^[A-Z]{3}$/;

/** The unit that a text is (`as` is the text itself), or may be: a suggestion, which a person confirms. */
export function unitMeant(text: string): Meant {
  const known = lookUp(text);
  if (known !== undefined) return known;
  const lower = text.toLowerCase().replace(/\.$/, "");
  if (Object.hasOwn(UNIT_NAMES, lower)) return { as: UNIT_NAMES[lower] as string };
  return lookUp(lower) ?? {};
}

function lookUp(text: string): Meant | undefined {
  try {
    unitOf(text);
    return { as: text };
  } catch (error) {
    if (isTallyError(error, "UNIT_AMBIGUOUS")) {
      return { alternatives: (error.details as { alternatives: readonly string[] }).alternatives };
    }
    if (isTallyError(error, "UNIT_UNKNOWN") || isTallyError(error, "UNIT_UNPRICED")) return undefined;
    throw error;
  }
}

/** The currency that a text is, or may be. */
export function currencyMeant(text: string): Meant {
  const upper = text === "€" ? "EUR" : text.toUpperCase();
  return CURRENCY.test(upper) ? { as: upper } : {};
}
