import { factorRowBytes } from "@tallystick/contracts";
import {
  encodeBase64,
  formatVerifierKey,
  hashLeaf,
  inclusionProof,
  makeVerifierKey,
  merkleRoot,
  signCheckpoint,
} from "@tallystick/proto";
import { beforeAll, describe, expect, it } from "vitest";
import { rowOf, setOf } from "../factors/factors.fixture.ts";
import { FixtureRegistry, keyOf, LOGS, policyOf } from "./registry.fixture.ts";
import { parseRowProof, type RowProof, verifyRowProof } from "./row-proof.ts";

const logKey = keyOf("log factors");
const { origin } = LOGS.factors;
const vkeyOf = (name: string): string =>
  formatVerifierKey(makeVerifierKey(LOGS[name as keyof typeof LOGS].origin, "ed25519", keyOf(`log ${name}`).publicKey));
const trust = {
  logs: Object.fromEntries(
    Object.entries(LOGS).map(([name, log]) => [name, { ...log, vkey: vkeyOf(name) }]),
  ) as unknown as Parameters<typeof verifyRowProof>[0]["logs"],
  policy: policyOf("witness"),
};
const { set, rows } = setOf(["barley", "oats", "soy"].map((key) => rowOf({ key })));
const other = setOf([rowOf({ value: "2" })], { id: "other-factors" });

const proofOf = (hashes: readonly Uint8Array[], index: number): Promise<Uint8Array[]> =>
  inclusionProof((level, at) => merkleRoot(hashes.slice(at * 2 ** level, (at + 1) * 2 ** level)), index, hashes.length);
const checkpointOf = (leaves: readonly Uint8Array[], key = logKey): string =>
  signCheckpoint({ origin, treeSize: leaves.length, rootHash: merkleRoot(leaves.map(hashLeaf)) }, key);

let proof: RowProof;
let leaves: Uint8Array[];
beforeAll(async () => {
  const registry = new FixtureRegistry();
  const publish = (one: object): Uint8Array =>
    registry.change("factors", { kind: "factor-set", maintainersAt: 0, set: one });
  leaves = [publish(other.set), publish(set)];
  proof = {
    v: 1,
    set,
    row: rows[1] ?? rowOf(),
    rowIndex: 1,
    rowProof: (
      await proofOf(
        rows.map((row) => hashLeaf(factorRowBytes(row))),
        1,
      )
    ).map(encodeBase64),
    leaf: encodeBase64(leaves[1] ?? new Uint8Array()),
    leafIndex: 1,
    leafProof: (await proofOf(leaves.map(hashLeaf), 1)).map(encodeBase64),
    checkpoint: checkpointOf(leaves),
  };
});

describe("the proof of a row", () => {
  it("is read back as it was, and shows the row at the size of its checkpoint", () => {
    expect(parseRowProof(JSON.parse(JSON.stringify(proof)))).toEqual(proof);
    const proven = verifyRowProof(trust, proof);
    expect(proven).toMatchObject({ set, row: { key: "oats" }, origin, size: 2, quorum: { met: false, weak: true } });
  });

  it.each<[string, (proof: RowProof) => Partial<RowProof>, string]>([
    ["another figure", ({ row }) => ({ row: { ...row, value: "0.5" } as RowProof["row"] }), "FACTOR_ROW_UNPROVEN"],
    ["another row's index", () => ({ rowIndex: 2 }), "FACTOR_ROW_UNPROVEN"],
    ["no path", () => ({ rowProof: [] }), "FACTOR_ROW_UNPROVEN"],
    ["another licence", () => ({ set: { ...set, licence: "none" } }), "ROW_PROOF_INVALID"],
    ["another entry", () => ({ leaf: encodeBase64(leaves[0] ?? new Uint8Array()) }), "ROW_PROOF_INVALID"],
    ["another place", () => ({ leafIndex: 0 }), "ROW_PROOF_INVALID"],
    ["no path in the log", () => ({ leafProof: [] }), "ROW_PROOF_INVALID"],
    ["no entry", () => ({ leaf: "" }), "ROW_PROOF_INVALID"],
    ["what is not base64", () => ({ leaf: "?" }), "ROW_PROOF_INVALID"],
    ["a checkpoint of fewer entries", () => ({ checkpoint: checkpointOf(leaves.slice(1)) }), "ROW_PROOF_INVALID"],
    ["a stranger's checkpoint", () => ({ checkpoint: checkpointOf(leaves, keyOf("eve")) }), "ROW_PROOF_INVALID"],
    ["no checkpoint", () => ({ checkpoint: "" }), "ROW_PROOF_INVALID"],
  ])("is refused with %s [REG-4]", (_what, changed, code) => {
    const altered = { ...proof, ...changed(proof) };
    expect(() => verifyRowProof(trust, altered)).toThrow(expect.objectContaining({ code }));
  });

  it("is refused where the set was withdrawn by the entry that it names, not published", () => {
    const registry = new FixtureRegistry();
    registry.change("factors", { kind: "factor-set", maintainersAt: 0, set });
    const { id, version } = set;
    const change = { kind: "factor-set-withdrawn", maintainersAt: 0, id, version, reason: "error", note: "x" };
    const leaf = encodeBase64(registry.change("factors", change));
    expect(() => verifyRowProof(trust, { ...proof, leaf })).toThrow("the entry does not publish the set");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "x"],
    ["another version of it", { v: 2 }],
    ["more than belongs there", { more: 1 }],
    ["a path that is too long", { rowProof: Array(64).fill("") }],
    ["a negative index", { leafIndex: -1 }],
  ])("is refused as %s", (_what, changed) => {
    const value = typeof changed === "object" ? { ...proof, ...changed } : changed;
    expect(() => parseRowProof(value)).toThrow("ROW_PROOF_INVALID");
  });
});
