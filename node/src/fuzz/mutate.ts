import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { jsonBytes } from "./target.ts";

const MAX_BYTES = 16_384;
const MAX_ROUNDS = 6;

/** Fragments on which decoders turn: boundaries of numbers, separators, odd text. */
const TOKENS: readonly Uint8Array[] = [
  ..."0|1|-1|-0|00|1e400|0.1|255|256|65535|65536|2147483648|4294967296|9007199254740991|9007199254740993|18446744073709551616".split(
    "|",
  ),
  ...'\n|\n\n|\r\n|\u2028|\u0000|\ufeff|\ud7ff|é|é|~|.|..|,|;|=|==|+|/|//|-|_| |— |"|\\|{}|[]|null|true|NaN|__proto__'.split(
    "|",
  ),
  ..."constructor|toString|AAAA|did:web:|urn:|kg|ton|2024-02-30|9999-12-31T23:59:59Z|x001/x234/067|.p/255".split("|"),
].map((text) => new TextEncoder().encode(text));

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  "0",
  "-0",
  "1e9",
  "x".repeat(2_000),
  "\u0000",
  "\ud800",
  "é",
  [],
  {},
  [[[[[[]]]]]],
  "2024-02-30",
  "2024-01-01T00:00:00Z",
  "__proto__",
];

/** An input made from one that a decoder knows, with parts of another. Depends on the generator alone. */
export function mutate(
  shape: "bytes" | "json",
  from: Uint8Array,
  other: Uint8Array,
  random: RandomGenerator,
): Uint8Array {
  const upTo = (n: number): number => uniformInt(random, 0, n);
  // Sometimes the syntax itself: decoders of JSON get text.
  if (shape === "json" && upTo(7) > 0) return mutateJson(from, other, upTo);
  let bytes = from;
  for (let rounds = 1 + upTo(MAX_ROUNDS - 1); rounds > 0; rounds--) bytes = mutateBytes(bytes, other, upTo);
  return bytes.subarray(0, MAX_BYTES);
}

type UpTo = (n: number) => number;

function mutateBytes(bytes: Uint8Array, other: Uint8Array, upTo: UpTo): Uint8Array {
  const at = upTo(bytes.length);
  const length = upTo(Math.min(32, bytes.length - at));
  switch (upTo(8)) {
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << upTo(7)));
    case 1:
      return changed(bytes, at, () => upTo(255));
    case 2:
      return changed(bytes, at, (byte) => byte + upTo(16) - 8);
    case 3:
      return spliced(bytes, at, length, new Uint8Array());
    case 4:
      return spliced(bytes, at, 0, bytes.subarray(at, at + length));
    case 5:
      return spliced(bytes, at, upTo(1) * length, TOKENS[upTo(TOKENS.length - 1)] as Uint8Array);
    case 6: {
      const start = upTo(other.length);
      return spliced(bytes, at, length, other.subarray(start, start + upTo(64)));
    }
    case 7:
      return bytes.subarray(0, at);
    default:
      return spliced(bytes, upTo(bytes.length), 0, bytes.subarray(at, at + length));
  }
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (at < copy.length) copy[at] = change(copy[at] as number);
  return copy;
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length - Math.min(removed, bytes.length - at) + inserted.length);
  copy.set(bytes.subarray(0, at));
  copy.set(inserted, at);
  copy.set(bytes.subarray(at + removed), at + inserted.length);
  return copy;
}

function mutateJson(from: Uint8Array, other: Uint8Array, upTo: UpTo): Uint8Array {
  const value: unknown = parsed(from);
  const donor: unknown = parsed(other);
  let root = value;
  for (let rounds = 1 + upTo(2); rounds > 0; rounds--) root = changedValue(root, donor, upTo);
  return jsonBytes(root ?? null).subarray(0, MAX_BYTES);
}

/** A copy with one member somewhere in it changed. */
function changedValue(value: unknown, donor: unknown, upTo: UpTo): unknown {
  if (typeof value !== "object" || value === null || upTo(5) === 0) return replaced(value, donor, upTo);
  if (Array.isArray(value)) {
    const at = upTo(Math.max(0, value.length - 1));
    const copy = [...value];
    const kind = upTo(5);
    if (kind === 0) copy.splice(at, 1);
    else if (kind === 1) copy.splice(at, 0, copy[at]);
    else if (copy.length > 0) copy[at] = changedValue(copy[at], donor, upTo);
    return copy;
  }
  const names = Object.keys(value);
  const name = names[upTo(Math.max(0, names.length - 1))] ?? "x";
  const copy: Record<string, unknown> = { ...value };
  const kind = upTo(7);
  if (kind === 0) delete copy[name];
  else if (kind === 1) copy[`${name}x`] = copy[name];
  else copy[name] = changedValue(copy[name], donor, upTo);
  return copy;
}

function replaced(value: unknown, donor: unknown, upTo: UpTo): unknown {
  const kind = upTo(3);
  if (kind === 0) return pick(donor, upTo);
  if (kind === 1 || typeof value !== "string") return VALUES[upTo(VALUES.length - 1)];
  const bytes = mutateBytes(new TextEncoder().encode(value), new TextEncoder().encode("0123456789"), upTo);
  return new TextDecoder().decode(bytes);
}

/** Some part of a value. */
function pick(value: unknown, upTo: UpTo): unknown {
  if (typeof value !== "object" || value === null || upTo(3) === 0) return value;
  const parts = Object.values(value);
  return parts.length === 0 ? value : pick(parts[upTo(parts.length - 1)], upTo);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // A mutation that broke the syntax stays in the corpus when it reached something new; here it is a mere string.
    return new TextDecoder().decode(bytes);
  }
}
