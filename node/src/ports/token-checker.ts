import type { KeyResolver, TallyError } from "@tallystick/proto";
import type { CheckedToken, Token } from "../core/subscription/check-token.ts";

/** A token, and whose keys may have signed it. */
export interface TokenToCheck extends Token {
  readonly resolve: KeyResolver;
}

/** What became of one token. */
export type TokenOutcome = { readonly checked: CheckedToken } | { readonly refused: TallyError };

export interface CheckOptions {
  /** Everything but the signatures, as `checkCoveredToken`. Default: false. */
  readonly covered?: boolean;
  /** After everything that is not. Default: false. */
  readonly background?: boolean;
}

/** Checks tokens as `checkToken` does, each for itself, wherever there is a core to spare. */
export interface TokenChecker {
  /** Outcomes in the order of the tokens. @throws TOKENS_UNCHECKED where they could not be checked at all; nothing is said of them then */
  check(tokens: readonly TokenToCheck[], options?: CheckOptions): Promise<readonly TokenOutcome[]>;
  close(): Promise<void>;
}
