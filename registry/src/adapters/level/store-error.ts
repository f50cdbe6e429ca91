import { isTallyError, type TallyError } from "@tallystick/proto";
import { registryError } from "../../errors.ts";

const CLOSED = new Set(["LEVEL_DATABASE_NOT_OPEN", "LEVEL_ITERATOR_NOT_OPEN"]);

/** What the binding throws, as one of the STORE_ codes. */
export function asStoreError(error: unknown, path: string): TallyError {
  if (isTallyError(error)) return error;
  const codes = codesOf(error);
  const has = (code: string): boolean => codes.includes(code);
  if (has("LEVEL_LOCKED")) return registryError("STORE_LOCKED", { path }, { cause: error });
  if (has("LEVEL_CORRUPTION")) return registryError("STORE_CORRUPT", { reason: messageOf(error) }, { cause: error });
  // An open that fails says "not open" too, with what really happened as its cause.
  if (codes.length === 1 && CLOSED.has(codes[0] as string)) return registryError("STORE_CLOSED", {}, { cause: error });
  return registryError("STORE_FAILED", { reason: messageOf(error) }, { cause: error });
}

/** The codes of an error and of what caused it. */
export function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    if ("code" in each && typeof each.code === "string") codes.push(each.code);
  }
  return codes;
}

function messageOf(error: unknown): string {
  let deepest: unknown = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
