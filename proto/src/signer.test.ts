import { describe, expect, it } from "vitest";
import { signChange, signChangeAsync } from "./change.ts";
import { signCheckpoint, signCheckpointAsync } from "./checkpoint.ts";
import { cosign, cosignAsync } from "./cosignature.ts";
import { isSignatureValid, privateKeyFromSeed, sign } from "./ed25519.ts";
import { signJws, signJwsAsync } from "./jws.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { sha256, utf8Encode } from "./platform.ts";
import { openSigner, type Signer } from "./signer.ts";

const key = privateKeyFromSeed(new Uint8Array(32).fill(7));
const other = privateKeyFromSeed(new Uint8Array(32).fill(8));
const signing = (sign: Signer["sign"]): Signer => ({
  publicKey: key.publicKey,
  ready: () => Promise.resolve(),
  sign,
});
const elsewhere = signing((message) => key.sign(message));

describe("a signer", () => {
  it("of a key that lies elsewhere makes what the key in memory makes, to the byte", async () => {
    const signer = await openSigner(elsewhere);
    const checkpoint = { origin: "log.example", treeSize: 0, rootHash: EMPTY_ROOT };
    const payload = { v: 1, log: "log.example", sequence: 0, previous: "", change: {} } as const;
    expect(await signJwsAsync("x+jws", "a", { b: "c" }, signer)).toBe(signJws("x+jws", "a", { b: "c" }, key));
    expect(await signCheckpointAsync(checkpoint, signer)).toBe(signCheckpoint(checkpoint, key));
    expect(await cosignAsync("a\n", 5, "w.example", signer)).toEqual(cosign("a\n", 5, "w.example", key));
    expect(await signChangeAsync(payload, "a", signer)).toEqual(signChange(payload, "a", key));
    await expect(cosignAsync("a\n", 0, "w.example", signer)).rejects.toThrow("COSIGNATURE_MALFORMED");
  });

  it.each<[string, Signer["sign"]]>([
    ["signs with another key", (message) => other.sign(message)],
    ["signs a hash of the message", (message) => key.sign(sha256(message))],
    ["gives back another length", async (message) => sign(key, message).subarray(1)],
    ["gives back nothing", async () => new Uint8Array(64)],
  ])("is not opened where it %s", async (_what, sign) => {
    await expect(openSigner(signing(sign))).rejects.toMatchObject({ code: "SIGNER_FAULTY" });
  });

  it("lets no signature out that does not verify, though it opened well", async () => {
    let calls = 0;
    const failing = signing(async (message) => {
      const signature = sign(key, message);
      if (calls++ > 0) signature[40] = (signature[40] as number) ^ 1;
      return signature;
    });
    const signer = await openSigner(failing);
    await expect(signer.sign(utf8Encode("a"))).rejects.toMatchObject({ code: "SIGNER_FAULTY" });
    const good = await (await openSigner(elsewhere)).sign(utf8Encode("a"));
    expect(isSignatureValid(key.publicKey, utf8Encode("a"), good)).toBe(true);
  });
});
