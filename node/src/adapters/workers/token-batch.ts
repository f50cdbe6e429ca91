import type { Token } from "../../core/subscription/check-token.ts";

/** Which of the keys that go with a batch may have signed a token; none may. */
const NO_KEY = 0xffff;
/** Index of its key, and the lengths of token and disclosures. */
const HEAD_BYTES = 2 + 4 + 4;

export interface KeyedToken extends Token {
  /** Index among the keys that go with the batch. */
  readonly key: number | undefined;
}

/** Tokens as bytes in a buffer of their own, so that a thread can hand them to another without a copy. */
export function packTokens(tokens: readonly KeyedToken[]): Uint8Array<ArrayBuffer> {
  const shown = tokens.map(({ disclosures }) => (disclosures.length === 0 ? "" : JSON.stringify(disclosures)));
  const size = (text: string): number => Buffer.byteLength(text, "utf8");
  const total = tokens.reduce((sum, { jws }, at) => sum + HEAD_BYTES + size(jws) + size(shown[at] as string), 0);
  const packed = Buffer.from(new ArrayBuffer(total));
  let end = 0;
  for (const [at, { jws, key }] of tokens.entries()) {
    const start = end + HEAD_BYTES;
    const jwsBytes = packed.write(jws, start, "utf8");
    const shownBytes = packed.write(shown[at] as string, start + jwsBytes, "utf8");
    packed.writeUInt16LE(key ?? NO_KEY, end);
    packed.writeUInt32LE(jwsBytes, end + 2);
    packed.writeUInt32LE(shownBytes, end + 6);
    end = start + jwsBytes + shownBytes;
  }
  return packed;
}

/** What `packTokens` packed. */
export function* unpackTokens(packed: Uint8Array<ArrayBuffer>): Generator<KeyedToken> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const key = bytes.readUInt16LE(at);
    const start = at + HEAD_BYTES;
    const jwsEnd = start + bytes.readUInt32LE(at + 2);
    const end = jwsEnd + bytes.readUInt32LE(at + 6);
    const shown = bytes.toString("utf8", jwsEnd, end);
    yield {
      jws: bytes.toString("utf8", start, jwsEnd),
      disclosures: shown === "" ? [] : (JSON.parse(shown) as string[]),
      key: key === NO_KEY ? undefined : key,
    };
    at = end;
  }
}
