import { protoError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Deepest nesting that is canonicalised; deeper documents are refused. */
const MAX_DEPTH = 64;

const refuse = (reason: string): Error => protoError("JSON_NOT_CANONICAL", { reason });

/**
 * The canonical form of a JSON value (RFC 8785): members sorted by UTF-16 code units, ECMAScript numbers, minimal escapes.
 *
 * @throws JSON_NOT_CANONICAL on a lone surrogate, a number JSON cannot say, or nesting beyond 64
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

function write(value: JsonValue, depth: number): string {
  if (depth > MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH}`);
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return writeNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return writeArray(value, depth);
  if (typeof value === "object") return writeObject(value, depth);
  throw refuse(`${typeof value} is not JSON`);
}

// Needs no escape and cannot hold a surrogate: most strings, and cheaper to see than to write out (docs/decisions/0003).
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw refuse("lone surrogate");
  return JSON.stringify(value);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw refuse("not a finite number");
  return JSON.stringify(value);
}

function writeArray(values: readonly JsonValue[], depth: number): string {
  let out = "[";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) out += ",";
    out += write(values[i] as JsonValue, depth + 1);
  }
  return `${out}]`;
}

function writeObject(value: JsonObject, depth: number): string {
  const names = Object.keys(value);
  if (!isSorted(names)) names.sort();
  let out = "{";
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (i > 0) out += ",";
    out += `${writeString(name)}:${write(value[name] as JsonValue, depth + 1)}`;
  }
  return `${out}}`;
}

// Names being verified are in order already; only names being issued need sorting.
function isSorted(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) {
    if ((names[i - 1] as string) > (names[i] as string)) return false;
  }
  return true;
}

/**
 * Parses text that must already be in canonical form: `JCS(parse(text)) == text`. This ends duplicate names, other orders,
 * white space and number spellings at once.
 *
 * @throws JSON_NOT_CANONICAL also for integers that a double does not hold exactly
 */
export function parseCanonicalJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw protoError("JSON_NOT_CANONICAL", { reason: "not JSON" }, { cause });
  }
  if (isPlainlyCanonical(value, text)) return value;
  if (canonicalJson(value) !== text) throw refuse("not the canonical form");
  refuseUnsafeIntegers(value);
  return value;
}

/**
 * What JSON.stringify writes is the canonical form where names are in order and no surrogate stands alone, and it writes faster. Says
 * no wherever it is not sure: the definition above decides then (docs/decisions/0019).
 */
function isPlainlyCanonical(value: JsonValue, text: string): boolean {
  return JSON.stringify(value) === text && !text.includes("\\ud") && isInOrder(value, 0);
}

/** Names in order, integers safe and nesting within its limit, all the way down. */
function isInOrder(value: JsonValue, depth: number): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isInOrder(item, depth + 1)) return false;
    return true;
  }
  let last = "";
  for (const name of Object.keys(value)) {
    if (name < last || !isInOrder((value as JsonObject)[name] as JsonValue, depth + 1)) return false;
    last = name;
  }
  return true;
}

/** @throws JSON_NOT_CANONICAL on an integer beyond 2^53 - 1 at any depth: JCS can write it, but no double holds its neighbours */
export function refuseUnsafeIntegers(value: JsonValue): void {
  if (typeof value === "number") {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw refuse("integer beyond 2^53 - 1");
  } else if (typeof value === "object" && value !== null) {
    for (const item of Array.isArray(value) ? value : Object.values(value)) refuseUnsafeIntegers(item);
  }
}
