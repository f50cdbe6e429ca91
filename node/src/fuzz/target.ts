/** A decoder with what it is fed. */
export interface Target {
  readonly name: string;
  /** How its inputs are mutated: as bytes, or as the JSON value that they spell. */
  readonly shape: "bytes" | "json";
  /** Inputs that it accepts, to start from. */
  readonly seeds: readonly Uint8Array[];
  /** How dear one input is, beside a cheap one: of a run's inputs, it gets the fewer. */
  readonly cost: number;
  /**
   * Decodes. What it refuses it refuses with a TallyError; where it returns bytes, it says that the input has just this one
   * form, and they must be the input.
   */
  decode(input: Uint8Array): unknown;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false });

export const bytesOf = (text: string): Uint8Array => encoder.encode(text);
export const jsonBytes = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** A decoder of text. Bytes that are no UTF-8 reach it with replacement characters, as from a file read as text. */
export function textTarget(
  name: string,
  seeds: readonly string[],
  decode: (text: string) => unknown,
  cost: number = 1,
): Target {
  return {
    name,
    shape: "bytes",
    seeds: seeds.map(bytesOf),
    cost,
    decode: (input) => {
      const text = decoder.decode(input);
      const canonical = decode(text);
      // A form is the only one of the text that was read, not of bytes that were no text.
      return typeof canonical === "string" && canonical !== text ? bytesOf(canonical) : undefined;
    },
  };
}

/** A decoder of a JSON value; text that is no JSON never reaches it. */
export function jsonTarget(
  name: string,
  seeds: readonly unknown[],
  decode: (value: unknown) => unknown,
  cost: number = 4,
): Target {
  return {
    name,
    shape: "json",
    seeds: seeds.map(jsonBytes),
    cost,
    decode: (input) => {
      const value = readJson(decoder.decode(input));
      if (value !== undefined) decode(value);
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The mutation broke the syntax: nothing to hand on.
    return undefined;
  }
}
