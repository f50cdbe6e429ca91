import { isTallyError } from "@tallystick/proto";

/** Exit codes of every command. */
export const EXIT: { readonly ok: 0; readonly failed: 1; readonly usage: 2 } = { ok: 0, failed: 1, usage: 2 };

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

export function makeOutput(json: boolean, advice: Advice): Output {
  return {
    json,
    result: (document, text) => process.stdout.write(`${json ? JSON.stringify(document) : text()}\n`),
    progress: (text) => {
      if (!json && process.stderr.isTTY) process.stderr.write(`${text}\n`);
    },
    failure: (error) => {
      process.stderr.write(
        `${json ? JSON.stringify({ error: errorDocument(error) }) : describeError(error, advice)}\n`,
      );
      return EXIT.failed;
    },
  };
}

function errorDocument(error: unknown): { code: string; details: object } {
  return isTallyError(error)
    ? { code: error.code, details: error.details }
    : { code: "INTERNAL", details: { message: error instanceof Error ? error.message : String(error) } };
}

/** What to do about an error, by its code. */
export type Advice = { readonly [code: string]: string };

function describeError(error: unknown, known: Advice): string {
  if (!isTallyError(error)) return `error: ${error instanceof Error ? error.message : String(error)}`;
  const facts = Object.entries(error.details).flatMap(([key, value]) => describeFact(key, value));
  const advice = known[error.code];
  return [`error ${error.code}`, ...facts, ...(advice === undefined ? [] : [`  ${advice}`])].join("\n");
}

function describeFact(key: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [`  ${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`];
  return value.map((item) => {
    if (typeof item !== "object" || item === null) return `  ${key}: ${String(item)}`;
    return `  ${key}: ${Object.values(item).map(String).join(": ")}`;
  });
}
