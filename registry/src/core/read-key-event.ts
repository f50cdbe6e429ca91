import {
  commitRawKey,
  contractError,
  KEY_EVENT_TYP,
  type KeyEvent,
  keysOf,
  parseKeyEvent,
} from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  encodeBase64url,
  type PublicKey,
  parseJws,
  verifyJws,
} from "@tallystick/proto";

/**
 * Reads a key event that every attesting key it names has signed: proof of possession (REG-3). All its keys are admissible.
 *
 * @param cosignatures the same payload signed by the attesting keys other than the one that signed `compact`
 * @throws KEY_EVENT_INVALID, KEY_NOT_ADMISSIBLE, JWS_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID
 */
export function readKeyEvent(compact: string, cosignatures: readonly string[] = []): KeyEvent {
  const event = parseKeyEvent(parseJws(compact, KEY_EVENT_TYP).payload);
  for (const key of keysOf(event)) admitPublicKey(decodeBase64url(key));
  const unsigned = new Map(event.keys.attest.map(({ kid, key }) => [kid, admitPublicKey(decodeBase64url(key))]));
  for (const signed of [compact, ...cosignatures]) {
    const { header } = verifyJws(signed, KEY_EVENT_TYP, (kid) => unsigned.get(kid));
    // Both are canonical, so equal payloads are equal text.
    if (payloadPart(signed) !== payloadPart(compact)) throw unproven("a cosignature over another event");
    unsigned.delete(header.kid);
  }
  if (unsigned.size > 0) throw unproven(`not signed by ${[...unsigned.keys()].join(", ")}`);
  return event;
}

const payloadPart = (compact: string): string | undefined => compact.split(".")[1];

const unproven = (message: string): Error =>
  contractError("KEY_EVENT_INVALID", { issues: [{ path: "keys.attest", rule: "possession", message }] });

/** The commitment to a next key: base64 of the SHA-256 of its raw bytes. */
export function commitNextKey(key: PublicKey): string {
  return commitRawKey(encodeBase64url(key.bytes));
}
