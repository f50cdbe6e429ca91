import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64 } from "./base64.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { addSignatures, cosign } from "./cosignature.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import { inclusionProof } from "./inclusion.ts";
import { EMPTY_ROOT, hashLeaf, merkleRoot } from "./merkle.ts";
import { parseNote } from "./note.ts";
import { utf8Encode } from "./platform.ts";
import { formatTlogProof, parseTlogProof, verifyTlogProof } from "./tlog-proof.ts";
import { makeVerifierKey } from "./verifier-key.ts";
import { policyFor } from "./witness-policy.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const MALFORMED = code("PROOF_MALFORMED");
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const witnessKey = privateKeyFromSeed(new Uint8Array(32).fill(2));
const logKey = makeVerifierKey("log.example", "ed25519", key.publicKey);
const policy = policyFor({
  witnesses: [{ name: "w", key: makeVerifierKey("w.example", "cosignature-v1", witnessKey.publicKey) }],
});

const entries = Array.from({ length: 11 }, (_, n) => utf8Encode(`entry ${n}\n`));
const hashes = entries.map(hashLeaf);
const signed = signCheckpoint({ origin: "log.example", treeSize: 11, rootHash: merkleRoot(hashes) }, key);
const path = await inclusionProof(
  (level, index) => merkleRoot(hashes.slice(index << level, (index + 1) << level)),
  6,
  11,
);
const proof = { index: 6, path, checkpoint: signed };
const entry = entries[6] as Uint8Array;
const HASH = encodeBase64(EMPTY_ROOT);

describe("tlog proof", () => {
  it("is spelled as the specification says", () => {
    const text = formatTlogProof({ ...proof, extra: utf8Encode("extra") });
    expect(text).toBe(
      `c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 6\n${path.map((hash) => `${encodeBase64(hash)}\n`).join("")}\n${signed}`,
    );
  });

  it("reads back what it wrote", () => {
    for (const extra of [undefined, utf8Encode(""), utf8Encode("extra")]) {
      const whole = extra === undefined ? proof : { ...proof, extra };
      expect(parseTlogProof(formatTlogProof(whole))).toEqual(whole);
    }
  });

  it("shows the entry in the log, and its quorum where one is asked for", () => {
    const shown = verifyTlogProof(parseTlogProof(formatTlogProof(proof)), entry, logKey);
    expect(shown.signed.checkpoint.treeSize).toBe(11);
    expect(shown.quorum).toBeUndefined();
    expect(() => verifyTlogProof(proof, entry, logKey, policy)).toThrow(code("QUORUM_NOT_MET"));
    const checkpoint = addSignatures(signed, [cosign(parseNote(signed).text, 8, "w.example", witnessKey)]);
    expect(verifyTlogProof({ ...proof, checkpoint }, entry, logKey, policy).quorum?.logTimeUnix).toBe(8);
  });

  it("is refused for another entry, index, log or root", () => {
    const other = makeVerifierKey("other.example", "ed25519", key.publicKey);
    const moved = signCheckpoint({ origin: "log.example", treeSize: 11, rootHash: EMPTY_ROOT }, key);
    expect(() => verifyTlogProof(proof, utf8Encode("entry 7\n"), logKey)).toThrow(code("INCLUSION_PROOF_INVALID"));
    expect(() => verifyTlogProof({ ...proof, index: 7 }, entry, logKey)).toThrow(code("INCLUSION_PROOF_INVALID"));
    expect(() => verifyTlogProof({ ...proof, checkpoint: moved }, entry, logKey)).toThrow(
      code("INCLUSION_PROOF_INVALID"),
    );
    expect(() => verifyTlogProof(proof, entry, other)).toThrow(code("NOTE_UNSIGNED"));
  });

  it.each([
    ["another version", "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n"],
    ["no index", "c2sp.org/tlog-proof@v1\n\nnote\n"],
    ["a leading zero", "c2sp.org/tlog-proof@v1\nindex 00\n\nnote\n"],
    ["extra after the index", "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote\n"],
    ["two extra lines", "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0\n\nnote\n"],
    ["extra that is not base64", "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nnote\n"],
    ["a short hash", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n"],
    ["64 hashes", `c2sp.org/tlog-proof@v1\nindex 0\n${`${HASH}\n`.repeat(64)}\nnote\n`],
    ["no blank line", "c2sp.org/tlog-proof@v1\nindex 0\nnote\n"],
    ["no checkpoint", "c2sp.org/tlog-proof@v1\nindex 0\n\n"],
    ["more than 64 KiB", `c2sp.org/tlog-proof@v1\nindex 0\n\n${"a".repeat(65_536)}\n`],
  ])("refuses %s", (_, text) => {
    expect(() => parseTlogProof(text)).toThrow(MALFORMED);
  });

  it("throws only PROOF_MALFORMED, whatever the text", () => {
    const parts = fc.constantFrom("c2sp.org/tlog-proof@v1\n", "extra ", "index ", "0", "\n", HASH, "note");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((list) => list.join("")),
        ),
        (text) => {
          try {
            expect(formatTlogProof(parseTlogProof(text))).toBe(text);
          } catch (error) {
            expect(error).toEqual(MALFORMED);
          }
        },
      ),
    );
  });
});
