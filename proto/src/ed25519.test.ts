import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHex } from "./base64.ts";
import { admitPublicKey, isSignatureValid, isSignatureValidAsync, privateKeyFromSeed, sign } from "./ed25519.ts";
import { utf8Encode } from "./platform.ts";

// RFC 8032, section 7.1, test 2.
const SEED = decodeHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

describe("admitPublicKey", () => {
  it("takes the public key of RFC 8032's test 2", () => {
    expect(admitPublicKey(decodeHex(PUBLIC)).bytes).toEqual(decodeHex(PUBLIC));
  });

  it.each([
    ["the identity", `01${"00".repeat(31)}`],
    ["a point of order two", `ec${"ff".repeat(30)}7f`],
    ["a point of order four", "00".repeat(32)],
    ["a point of order eight", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["a coordinate not below p", `ed${"ff".repeat(30)}7f`],
    ["no point of the curve", `02${"00".repeat(31)}`],
    ["too few bytes", "00".repeat(31)],
  ])("refuses %s [KEY-1]", (_what, hex) => {
    expect(() => admitPublicKey(decodeHex(hex))).toThrow("KEY_NOT_ADMISSIBLE");
  });
});

describe("signatures", () => {
  const key = privateKeyFromSeed(SEED);

  it("are RFC 8032's", () => {
    expect(key.publicKey.bytes).toEqual(Uint8Array.from(decodeHex(PUBLIC)));
    expect(sign(key, Uint8Array.of(0x72))).toEqual(decodeHex(SIGNATURE));
  });

  it("hold for what was signed and for nothing else, sync and async alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(511), async (message, bit) => {
        const signature = sign(key, message);
        expect(isSignatureValid(key.publicKey, message, signature)).toBe(true);
        expect(await isSignatureValidAsync(key.publicKey, message, signature)).toBe(true);
        const flipped = Uint8Array.from(signature);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(isSignatureValid(key.publicKey, message, flipped)).toBe(false);
        expect(await isSignatureValidAsync(key.publicKey, message, flipped)).toBe(false);
      }),
    );
  });

  it("of another length than 64 bytes are refused", () => {
    expect(isSignatureValid(key.publicKey, utf8Encode("x"), new Uint8Array(63))).toBe(false);
  });

  it("whose R is the identity are refused, though the equation may hold [KEY-4]", async () => {
    // CCTV vector 304: S was chosen so that the cofactorless equation holds with R the identity.
    const publicKey = admitPublicKey(decodeHex("ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076"));
    const signature = decodeHex(`01${"00".repeat(31)}330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704`);
    expect(isSignatureValid(publicKey, utf8Encode("ed25519vectors 7"), signature)).toBe(false);
    expect(await isSignatureValidAsync(publicKey, utf8Encode("ed25519vectors 7"), signature)).toBe(false);
  });
});
