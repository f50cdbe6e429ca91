import { isTallyError } from "@tallystick/proto";

/** A calculation, or the rule that refuses it. */
export type Attempt<T> =
  | { readonly kind: "calculated"; readonly calculation: T }
  | { readonly kind: "refused"; readonly rule: string; readonly detail: string };

/** A unit that does not convert or a rate that is not known rejects a candidate; it does not stop an inventory. */
export function attempt<T>(calculate: () => T): Attempt<T> {
  try {
    return { kind: "calculated", calculation: calculate() };
  } catch (error) {
    return { kind: "refused", ...refusalOf(error) };
  }
}

/** The rule that an error stands for. @throws what is no refusal but a mistake of the program */
export function refusalOf(error: unknown): { readonly rule: string; readonly detail: string } {
  if (!isTallyError(error)) throw error;
  return { rule: error.code.toLowerCase().replaceAll("_", "-"), detail: JSON.stringify(error.details) };
}
