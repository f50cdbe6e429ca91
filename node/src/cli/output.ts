import { isTallyError } from "@tallystick/proto";

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Where a command writes: results to stdout, progress and errors to stderr. */
export interface Output {
  readonly json: boolean;
  /** The result: with --json one JSON document, otherwise the text. */
  result(document: unknown, text: () => string): void;
  /** Says what is going on; silent with --json or when stderr is no terminal. */
  progress(text: string): void;
  /** Says what failed, why, and what to do. Returns the exit code. */
  failure(error: unknown): number;
}

export function makeOutput(json: boolean): Output {
  return {
    json,
    result: (document, text) => process.stdout.write(`${json ? JSON.stringify(document) : text()}\n`),
    progress: (text) => {
      if (!json && process.stderr.isTTY) process.stderr.write(`${text}\n`);
    },
    failure: (error) => {
      process.stderr.write(`${json ? JSON.stringify({ error: errorDocument(error) }) : describeError(error)}\n`);
      return EXIT.failed;
    },
  };
}

function errorDocument(error: unknown): { code: string; details: object } {
  return isTallyError(error)
    ? { code: error.code, details: error.details }
    : { code: "INTERNAL", details: { message: error instanceof Error ? error.message : String(error) } };
}

/** What to do about the errors that a person meets most. */
const ADVICE: { readonly [code: string]: string } = {
  HOME_MISSING: "Run `tally init` first, or name the node's folder with --home.",
  STORE_LOCKED:
    "Another process has this folder open. If it is the node, its socket should answer: run `tally doctor`.",
  NETWORK_UNKNOWN: "Ask the consortium's operator for network.json and pass it with `tally init --network FILE`.",
  FOOTPRINT_INVALID: "Correct the listed fields and publish again; nothing was published.",
  INPUT_NOT_HELD: "Subscribe to the supplier of that product first, and wait until its footprint is verified.",
  LINE_UNKNOWN: "List the lines with `tally inventory --json`.",
};

function describeError(error: unknown): string {
  if (!isTallyError(error)) return `error: ${error instanceof Error ? error.message : String(error)}`;
  const facts = Object.entries(error.details).flatMap(([key, value]) => describeFact(key, value));
  const advice = ADVICE[error.code];
  return [`error ${error.code}`, ...facts, ...(advice === undefined ? [] : [`  ${advice}`])].join("\n");
}

function describeFact(key: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [`  ${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`];
  return value.map((item) => {
    if (typeof item !== "object" || item === null) return `  ${key}: ${String(item)}`;
    return `  ${key}: ${Object.values(item).map(String).join(": ")}`;
  });
}
