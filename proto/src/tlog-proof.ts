import { encodeBase64 } from "./base64.ts";
import { openCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { protoError } from "./errors.ts";
import { verifyInclusion } from "./inclusion.ts";
import { HASH_BYTES, hashLeaf } from "./merkle.ts";
import { evaluateQuorum, type QuorumResult } from "./quorum.ts";
import { readBase64, readNatural } from "./text-fields.ts";
import type { Verified } from "./verified.ts";
import type { VerifierKey } from "./verifier-key.ts";
import type { WitnessPolicy } from "./witness-policy.ts";

// C2SP tlog-proof, untagged: as of C2SP/C2SP@5ba5ee83.

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
/** No proof is longer, its checkpoint with all cosignatures included. */
const MAX_TLOG_PROOF_BYTES = 65_536;
/** A tree of 2^63 leaves is this high. */
const MAX_PATH_LINES = 63;

/** Everything to show offline that an entry is logged. `checkpoint` is the whole note; `extra` is vouched for by nobody. */
export interface TlogProof {
  readonly index: number;
  /** Hashes of 32 bytes, the leaf's sibling first. */
  readonly path: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
}

/** What a proof showed. `quorum` is there where a policy was asked for, and is met. */
export interface LoggedEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly signed: Verified<SignedCheckpoint, "log">;
  readonly quorum?: QuorumResult;
}

const malformed = (reason: string) => protoError("PROOF_MALFORMED", { reason });

/** The text of a `.tlog-proof` file. @throws PROOF_MALFORMED where a part is out of range. */
export function formatTlogProof({ index, path, checkpoint, extra }: TlogProof): string {
  if (!Number.isSafeInteger(index) || index < 0) throw malformed("index out of range");
  if (path.length > MAX_PATH_LINES) throw malformed("too many hashes");
  if (path.some((hash) => hash.length !== HASH_BYTES)) throw malformed("a hash is not 32 bytes");
  if (!checkpoint.endsWith("\n")) throw malformed("no checkpoint");
  const lines = [
    PROOF_HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...path.map(encodeBase64),
  ];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** @throws PROOF_MALFORMED unless the text is one that formatTlogProof makes, of at most 65,536 characters and 63 hashes. */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > MAX_TLOG_PROOF_BYTES) throw malformed("too long");
  const blank = text.indexOf("\n\n");
  if (blank < 0) throw malformed("no blank line");
  const [first, ...lines] = text.slice(0, blank).split("\n");
  if (first !== PROOF_HEADER) throw malformed("another header");
  const extra = lines[0]?.startsWith("extra ") ? readBase64(lines.shift()?.slice("extra ".length)) : undefined;
  const indexLine = lines.shift();
  const index = indexLine?.startsWith("index ") ? readNatural(indexLine.slice("index ".length)) : undefined;
  if (index === undefined) throw malformed("no index");
  const path = lines.map((line) => {
    const hash = readBase64(line, HASH_BYTES);
    if (hash === undefined) throw malformed("a line is not a hash");
    return hash;
  });
  const checkpoint = text.slice(blank + 2);
  const proof = extra === undefined ? { index, path, checkpoint } : { index, path, checkpoint, extra };
  if (formatTlogProof(proof) !== text) throw malformed("not canonical");
  return proof;
}

/**
 * Checks a proof offline, in the order of the specification.
 *
 * @param leaf the entry's bytes. @param logKey a key named as the log's origin.
 * @throws NOTE_MALFORMED, CHECKPOINT_MALFORMED, NOTE_UNSIGNED, NOTE_SIGNATURE_INVALID for the checkpoint
 * @throws QUORUM_NOT_MET where a policy is given and too few of its witnesses cosigned
 * @throws INCLUSION_PROOF_INVALID where the entry is not at this index
 */
export function verifyTlogProof(
  proof: TlogProof,
  leaf: Uint8Array,
  logKey: VerifierKey,
  policy?: WitnessPolicy,
): Verified<LoggedEntry, "tlog-proof"> {
  // tlog-proof, "Verifying", step 1
  const leafHash = hashLeaf(leaf);
  // Step 2
  const signed = openCheckpoint(proof.checkpoint, logKey);
  // Step 3
  const quorum = policy === undefined ? undefined : evaluateQuorum(policy, signed.note);
  if (quorum?.met === false) {
    throw protoError("QUORUM_NOT_MET", { required: quorum.required, valid: quorum.cosignatures.length });
  }
  // Step 4
  verifyInclusion(leafHash, proof.index, signed.checkpoint.treeSize, proof.path, signed.checkpoint.rootHash);
  const entry: LoggedEntry = { index: proof.index, leafHash, signed, ...(quorum === undefined ? {} : { quorum }) };
  return entry as Verified<LoggedEntry, "tlog-proof">;
}
