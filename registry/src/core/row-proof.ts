import { type FactorRow, type FactorSet, parseFactorRow, parseFactorSet, verifyFactorRow } from "@tallystick/contracts";
import {
  canonicalJson,
  decodeBase64,
  evaluateQuorum,
  hashLeaf,
  isTallyError,
  type JsonObject,
  openCheckpoint,
  parseChange,
  parseNote,
  parseWitnessPolicy,
  type QuorumResult,
  verifyInclusion,
} from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";
import { factorsChangeSchema } from "./change-kinds.ts";
import { type Trust, trustedLogKey } from "./trust.ts";

/**
 * That a row is in a set and the set in the factors log, as one document for whoever has the trust file and nothing else. It says nothing of
 * what came after its checkpoint, nor whether the version was withdrawn before it.
 */
export interface RowProof {
  readonly v: 1;
  readonly set: FactorSet;
  readonly row: FactorRow;
  /** Index of the row in the set, and the hashes (base64) from it up to the set's root. */
  readonly rowIndex: number;
  readonly rowProof: readonly string[];
  /** The entry that published the set (base64), its index, and the hashes (base64) from it up to the log's root. */
  readonly leaf: string;
  readonly leafIndex: number;
  readonly leafProof: readonly string[];
  /** The signed note that says size and root of the log. */
  readonly checkpoint: string;
}

const hashes = z.array(z.string().max(64)).max(63);
const rowProofSchema = z.strictObject({
  v: z.literal(1),
  set: z.unknown(),
  row: z.unknown(),
  rowIndex: z.int().min(0),
  rowProof: hashes,
  leaf: z.string().max(131_072),
  leafIndex: z.int().min(0),
  leafProof: hashes,
  checkpoint: z.string().max(65_536),
});

/** What a proof shows. */
export interface ProvenRow {
  readonly set: FactorSet;
  readonly row: FactorRow;
  /** Origin and size of the log that the proof is under. */
  readonly origin: string;
  readonly size: number;
  /** What the witnesses of the trust file's policy made of the checkpoint. */
  readonly quorum: QuorumResult;
}

/** @throws ROW_PROOF_INVALID, FACTOR_SET_INVALID, FACTOR_ROW_INVALID */
export function parseRowProof(value: unknown): RowProof {
  const parsed = rowProofSchema.safeParse(value);
  if (!parsed.success) throw registryError("ROW_PROOF_INVALID", { reason: "not the proof of a row" });
  return { ...parsed.data, set: parseFactorSet(parsed.data.set), row: parseFactorRow(parsed.data.row) };
}

/**
 * Verifies a proof against a trust file alone: no registry is asked.
 * @throws FACTOR_ROW_UNPROVEN where the row is not in the set; ROW_PROOF_INVALID where the set is not in the log
 */
export function verifyRowProof(trust: Pick<Trust, "logs" | "policy">, proof: RowProof): ProvenRow {
  const { set, row, rowIndex, leafIndex } = proof;
  const trusted = trust.logs.factors;
  const [rowPath, leafPath, leaf] = attempt("not base64", () => [
    proof.rowProof.map(decodeBase64),
    proof.leafProof.map(decodeBase64),
    decodeBase64(proof.leaf),
  ]);
  // 1. The row is in the set.
  verifyFactorRow(set, row, rowIndex, rowPath);
  // 2. The entry publishes exactly this set, as this entry of the log.
  const { payload } = attempt("the entry is no change", () => parseChange(leaf));
  const change = factorsChangeSchema.safeParse(payload.change);
  if (!change.success || change.data.kind !== "factor-set" || textOf(change.data.set) !== textOf(set)) {
    throw registryError("ROW_PROOF_INVALID", { reason: "the entry does not publish the set" });
  }
  if (payload.log !== trusted.origin || payload.sequence !== leafIndex) {
    throw registryError("ROW_PROOF_INVALID", { reason: "the entry is of another place" });
  }
  // 3. The entry is in the log that the trust file names.
  const { treeSize, rootHash } = attempt(
    "the checkpoint is not the log's",
    () => openCheckpoint(proof.checkpoint, trustedLogKey(trusted)).checkpoint,
  );
  attempt("the entry is not under the checkpoint", () =>
    verifyInclusion(hashLeaf(leaf), leafIndex, treeSize, leafPath, rootHash),
  );
  const quorum = evaluateQuorum(parseWitnessPolicy(trust.policy), parseNote(proof.checkpoint));
  return { set, row, origin: trusted.origin, size: treeSize, quorum };
}

function attempt<T>(reason: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw registryError("ROW_PROOF_INVALID", { reason }, { cause });
  }
}

const textOf = (value: unknown): string => canonicalJson(value as JsonObject);
