import { concatBytes, equalBytes, u64be } from "./bytes.ts";
import { protoError } from "./errors.ts";
import { HASH_BYTES } from "./merkle.ts";
import { sha256, utf8Encode } from "./platform.ts";

// Salted hashes in leaves that all may read, opened to those concerned (docs/protocol.md, RT-3 and LEAF-5). Every field
// follows its length in 8 bytes, most significant first, so that no two openings give the same bytes.

const DELIVERY_DOMAIN = "tallystick/delivery/v1";
const BALANCE_DOMAIN = "tallystick/balance/v1";
const SALT_BYTES = 32;
const TAG_BYTES = 16;

/** The salt of the balance before the first allocation: anyone can see that a batch starts at zero. */
export const ZERO_BALANCE_SALT: Uint8Array = new Uint8Array(SALT_BYTES);

/** What a balance commitment holds. `balance` is a canonical decimal: no sign, no needless zeros (`0`, `12.5`). */
export interface BalanceOpening {
  readonly origin: string;
  /** 16 bytes. */
  readonly batchTag: Uint8Array;
  /** Allocations so far: 0 before the first. */
  readonly n: number;
  /** 32 random bytes; ZERO_BALANCE_SALT where n is 0. */
  readonly salt: Uint8Array;
  readonly balance: string;
}

const invalid = (reason: string) => protoError("COMMITMENT_INVALID", { reason });

/**
 * Commits a `deliver` leaf to the entry it delivers: 32 bytes.
 *
 * @param salt 32 random bytes. @param targetLeafHash 32 bytes.
 * @throws COMMITMENT_INVALID where an argument is out of range.
 */
export function commitDelivery(salt: Uint8Array, targetIndex: number, targetLeafHash: Uint8Array): Uint8Array {
  requireLength(salt, SALT_BYTES, "salt");
  requireLength(targetLeafHash, HASH_BYTES, "leaf hash");
  return hashFields(utf8Encode(DELIVERY_DOMAIN), salt, natural(targetIndex), targetLeafHash);
}

/** Checks what a supplier says its `deliver` leaf delivers. @throws COMMITMENT_INVALID unless it opens the commitment. */
export function openDelivery(
  commitment: Uint8Array,
  salt: Uint8Array,
  targetIndex: number,
  targetLeafHash: Uint8Array,
): void {
  if (!equalBytes(commitDelivery(salt, targetIndex, targetLeafHash), commitment)) throw invalid("another delivery");
}

/** Commits to a batch's running balance after n allocations: 32 bytes. @throws COMMITMENT_INVALID */
export function commitBalance({ origin, batchTag, n, salt, balance }: BalanceOpening): Uint8Array {
  requireLength(batchTag, TAG_BYTES, "batch tag");
  requireLength(salt, SALT_BYTES, "salt");
  if (!origin.isWellFormed()) throw invalid("not an origin");
  if (!/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/.test(balance)) throw invalid("the balance is not a canonical decimal");
  return hashFields(utf8Encode(BALANCE_DOMAIN), utf8Encode(origin), batchTag, natural(n), salt, utf8Encode(balance));
}

/** @throws COMMITMENT_INVALID unless the opening is the commitment's. */
export function openBalance(commitment: Uint8Array, opening: BalanceOpening): void {
  if (!equalBytes(commitBalance(opening), commitment)) throw invalid("another balance");
}

function hashFields(...fields: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(...fields.flatMap((field) => [u64be(field.length), field])));
}

function natural(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid("a number out of range");
  return u64be(value);
}

function requireLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) throw invalid(`${name} is not ${length} bytes`);
}
