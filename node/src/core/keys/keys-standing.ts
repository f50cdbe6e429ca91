import type { KeyEvent } from "@tallystick/contracts";

/** The public keys that a node holds, base64url, and the id of the attesting one. */
export interface HeldKeys {
  readonly kid: string;
  readonly attest: string;
  readonly checkpoint: string;
  readonly transport: string;
}

/**
 * Why a node must not sign with the keys it holds: the registry's last event of this member names others. Undefined where it may, also
 * where the registry has no event of it yet.
 */
export function whyNotToSign(held: HeldKeys, event: KeyEvent | undefined): string | undefined {
  if (event === undefined) return undefined;
  const { keys, sequence } = event;
  const isNamed = keys.attest.some(({ kid, key }) => kid === held.kid && key === held.attest);
  if (!isNamed) return `key event ${sequence} does not name its attesting key ${held.kid}`;
  if (keys.checkpoint !== held.checkpoint) return `key event ${sequence} names another checkpoint key`;
  if (keys.transport !== held.transport) return `key event ${sequence} names another transport key`;
  return undefined;
}
