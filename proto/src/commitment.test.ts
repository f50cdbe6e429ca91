import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "./base64.ts";
import { concatBytes, u64be } from "./bytes.ts";
import {
  type BalanceOpening,
  commitBalance,
  commitDelivery,
  openBalance,
  openDelivery,
  ZERO_BALANCE_SALT,
} from "./commitment.ts";
import { EMPTY_ROOT, hashLeaf } from "./merkle.ts";
import { sha256, utf8Encode } from "./platform.ts";

const INVALID = expect.objectContaining({ code: "COMMITMENT_INVALID" });
const salt = new Uint8Array(32).fill(5);
const field = (bytes: Uint8Array): Uint8Array => concatBytes(u64be(bytes.length), bytes);

describe("delivery commitment", () => {
  it("hashes its length-prefixed fields [RT-3]", () => {
    const fields = [utf8Encode("tallystick/delivery/v1"), salt, u64be(7), EMPTY_ROOT].map(field);
    expect(commitDelivery(salt, 7, EMPTY_ROOT)).toEqual(sha256(concatBytes(...fields)));
  });

  // A figure of Python's hashlib: the same bytes for whoever implements docs/protocol.md.
  it("has the bytes that another implementation gives [RT-3]", () => {
    const commitment = encodeHex(commitDelivery(salt, 300, hashLeaf(utf8Encode("leaf"))));
    expect(commitment).toBe("807c04249d3c43bea4430bf0395748af4bd96764045e72e21120ff1aa1d45238");
  });

  it("is opened by its own salt, index and leaf only [RT-3]", () => {
    const commitment = commitDelivery(salt, 7, EMPTY_ROOT);
    openDelivery(commitment, salt, 7, EMPTY_ROOT);
    expect(() => openDelivery(commitment, salt, 8, EMPTY_ROOT)).toThrow(INVALID);
    expect(() => openDelivery(commitment, EMPTY_ROOT, 7, EMPTY_ROOT)).toThrow(INVALID);
    expect(() => openDelivery(commitment, salt, 7, salt)).toThrow(INVALID);
    expect(() => openDelivery(commitment.subarray(1), salt, 7, EMPTY_ROOT)).toThrow(INVALID);
  });

  it("throws only COMMITMENT_INVALID, whatever the opening", () => {
    const bytes = fc.uint8Array({ maxLength: 33 });
    fc.assert(
      fc.property(bytes, bytes, fc.oneof(fc.integer(), fc.double()), bytes, (commitment, anySalt, index, leafHash) => {
        expect(() => openDelivery(commitment, anySalt, index, leafHash)).toThrow(INVALID);
      }),
    );
  });
});

describe("balance commitment", () => {
  const start: BalanceOpening = {
    origin: "supplier.example/feed",
    batchTag: new Uint8Array(16).fill(1),
    n: 0,
    salt: ZERO_BALANCE_SALT,
    balance: "0",
  };

  it("hashes its length-prefixed fields, the start under the all-zero salt [LEAF-5]", () => {
    const { origin, batchTag } = start;
    const fields = [utf8Encode("tallystick/balance/v1"), utf8Encode(origin), batchTag, u64be(0), new Uint8Array(32)];
    const bytes = concatBytes(...[...fields, utf8Encode("0")].map(field));
    expect(commitBalance(start)).toEqual(sha256(bytes));
    openBalance(commitBalance(start), start);
  });

  it("has the bytes that another implementation gives [LEAF-5]", () => {
    const first = "fb7b6f050ad09e9a000f52456874c3006c34fc531b146c7e84f536bb6edae383";
    expect(encodeHex(commitBalance(start))).toBe(first);
    const third = "1d8d586451ef8a24cc7d0ab9a71eeebf3c94c007eb07bcf558f4f0ef5f1ac1ed";
    expect(encodeHex(commitBalance({ ...start, n: 3, salt, balance: "12.5" }))).toBe(third);
  });

  it("is opened by its own fields only [LEAF-5]", () => {
    const commitment = commitBalance(start);
    for (const change of [
      { origin: "other.example" },
      { batchTag: new Uint8Array(16) },
      { n: 1 },
      { salt },
      { balance: "1" },
    ]) {
      expect(() => openBalance(commitment, { ...start, ...change })).toThrow(INVALID);
    }
  });

  it.each(["", "00", "01", "1.", ".5", "1.50", "1.0", "-1", "+1", "1e3", "1,5", " 1", "0.0"])(
    "takes no balance spelled %j",
    (balance) => {
      expect(() => commitBalance({ ...start, balance })).toThrow(INVALID);
    },
  );

  it("takes canonical decimals, and nothing of another length", () => {
    for (const balance of ["0", "12", "0.5", "120.001"]) expect(commitBalance({ ...start, balance })).toHaveLength(32);
    expect(() => commitBalance({ ...start, batchTag: salt })).toThrow(INVALID);
    expect(() => commitBalance({ ...start, salt: new Uint8Array(16) })).toThrow(INVALID);
    expect(() => commitBalance({ ...start, origin: "\ud800" })).toThrow(INVALID);
  });
});
