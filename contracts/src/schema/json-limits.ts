import { utf8Encode } from "@tallystick/proto";
import type { Finding } from "../errors.ts";
import { finding } from "./findings.ts";

/** What a document may cost before its meaning is looked at. */
export interface JsonLimits {
  /** UTF-8 bytes of the whole as compact JSON. */
  readonly maxBytes: number;
  /** Levels of nesting. */
  readonly maxDepth: number;
  /** Values of any kind, in all. */
  readonly maxValues: number;
}

// Names by which SD-JWT marks hidden parts: inside a document they would let one signature show different content.
const RESERVED_NAMES: ReadonlySet<string> = new Set(["...", "_sd", "_sd_alg"]);
// A JSON member of this name becomes a prototype in careless readers.
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__"]);
// Controls but tab, line feed and carriage return; halves of surrogate pairs; overrides of the writing direction.
export const UNSAFE_TEXT: RegExp = /[^\P{Cc}\t\n\r]|[\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/**
 * The first limit that a value breaks, or undefined. Refuses what JSON does not have (undefined, functions, NaN,
 * cycles by way of the depth), text that would disturb a terminal, and names reserved for hiding parts.
 */
export function findLimitFault(value: unknown, limits: JsonLimits): Finding | undefined {
  let values = 0;
  const visit = (item: unknown, path: string, depth: number): Finding | undefined => {
    values += 1;
    if (values > limits.maxValues) return finding("", "size", `more than ${limits.maxValues} values`);
    if (depth > limits.maxDepth) return finding(path, "depth", `nested deeper than ${limits.maxDepth} levels`);
    if (item === null || typeof item === "boolean") return undefined;
    if (typeof item === "number") {
      return Number.isFinite(item) ? undefined : finding(path, "schema", "not a JSON number");
    }
    if (typeof item === "string") {
      if (item.length > limits.maxBytes) return finding(path, "size", `longer than ${limits.maxBytes} characters`);
      return UNSAFE_TEXT.test(item) ? finding(path, "text", "control characters or broken text") : undefined;
    }
    if (typeof item !== "object") return finding(path, "schema", "not a JSON value");
    const entries: [string | number, unknown][] = Array.isArray(item) ? [...item.entries()] : Object.entries(item);
    for (const [name, child] of entries) {
      const childPath = path === "" ? String(name) : `${path}.${name}`;
      if (typeof name === "string") {
        if (RESERVED_NAMES.has(name)) return finding(childPath, "reserved-name", "a name that marks hidden parts");
        if (FORBIDDEN_NAMES.has(name)) return finding(childPath, "reserved-name", "a name that no document may use");
        if (UNSAFE_TEXT.test(name)) return finding(path, "text", "control characters or broken text in a name");
      }
      const fault = visit(child, childPath, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  const fault = visit(value, "", 0);
  if (fault !== undefined) return fault;
  const sizeBytes = utf8Encode(JSON.stringify(value)).length;
  return sizeBytes > limits.maxBytes
    ? finding("", "size", `${sizeBytes} of at most ${limits.maxBytes} bytes`)
    : undefined;
}
