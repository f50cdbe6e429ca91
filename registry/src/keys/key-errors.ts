import { errorFactory } from "@tallystick/proto";

/** The codes of keys at rest and of who signs with them elsewhere. `by` is `passphrase` or `key-file`. */
export interface KeyFileErrors {
  KEY_FILE_INVALID: { path: string; reason: string };
  KEY_FILE_EXPOSED: { path: string; mode: string };
  KEY_FILE_ALTERED: { path: string };
  KEY_USE_MISMATCH: { path: string; expected: string; found: string };
  KEY_LOCKED: { path: string; by: string };
  KEY_SECRET_WRONG: { path: string; by: string };
  KEY_SECRET_INVALID: { reason: string };
  KEY_COST_REFUSED: { path: string; reason: string };
  KEY_WITH_AGENT: { path: string; agent: string };
  SIGNER_UNAVAILABLE: { path: string; reason: string };
  SIGNER_REFUSED: { path: string; reason: string };
}

export const keyFileError: ReturnType<typeof errorFactory<KeyFileErrors>> = errorFactory<KeyFileErrors>();
