import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  appendLeafHashes,
  concatBytes,
  consistencyProof,
  EMPTY_FRONTIER,
  equalBytes,
  formatChange,
  hashLeaf,
  inclusionProof,
  isTallyError,
  merkleRoot,
  nodesOfTiles,
  openCheckpoint,
  parseNote,
  protoError,
  rootOf,
  signChange,
  signCheckpoint,
  utf8Encode,
  verifyChange,
  verifyConsistency,
  verifyCosignature,
  verifyInclusion,
  verifyJws,
} from "@tallystick/proto";
import { StreamEntriesResponseSchema } from "@tallystick/proto/wire";
import { NOT_FOLLOWED_YET, verifyBatch } from "@tallystick/registry";
import { type Target, textTarget } from "../target.ts";
import { FUZZ_KEY, FUZZ_TYP, JWS, LOG_KEY, NOTE, WITNESS } from "./formats.ts";

// Verifiers: each is given what is genuine, changed. Taking anything else for it is a forgery, and a finding.

const LEAVES = Array.from({ length: 11 }, (_, n) => utf8Encode(`leaf ${n}`));
const HASHES = LEAVES.map(hashLeaf);
const ROOT = merkleRoot(HASHES);
const SMALL_ROOT = merkleRoot(HASHES.slice(0, 6));
const read = nodesOfTiles(async () => HASHES);
const INCLUSION = concatBytes(...(await inclusionProof(read, 4, 11)));
const CONSISTENCY = concatBytes(...(await consistencyProof(read, 6, 11)));

const BATCH_NOTE = signCheckpoint({ origin: LOG_KEY.name, treeSize: 11, rootHash: ROOT }, FUZZ_KEY);
const BATCH = toBinary(
  StreamEntriesResponseSchema,
  create(StreamEntriesResponseSchema, {
    firstIndex: 0n,
    entries: LEAVES.map((leaf) => ({ leaf })),
    checkpoint: utf8Encode(BATCH_NOTE),
  }),
);

const forged = (what: string): Error => new Error(`forged: ${what}`);

/** Hashes of 32 bytes one after the other; what is left over is one that is too short. */
const split = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => bytes.subarray(i * 32, (i + 1) * 32));

const payload = {
  v: 1 as const,
  log: "registry.example/members",
  sequence: 0,
  previous: "",
  change: { kind: "genesis" },
};
const APPROVED = formatChange({ payload, approvals: [signChange(payload, "maintainer-a", FUZZ_KEY)] });

export const VERIFIER_TARGETS: readonly Target[] = [
  {
    name: "signature of a JWS",
    shape: "bytes",
    seeds: [utf8Encode(JWS)],
    cost: 10,
    decode: (input) => {
      verifyJws(new TextDecoder().decode(input), FUZZ_TYP, () => FUZZ_KEY.publicKey);
      return utf8Encode(JWS);
    },
  },
  textTarget(
    "signature of a checkpoint",
    [NOTE],
    (text) => {
      const { origin, treeSize, rootHash } = openCheckpoint(text, LOG_KEY).checkpoint;
      const genuine = openCheckpoint(NOTE, LOG_KEY).checkpoint;
      // Lines of keys that nobody asked about may differ.
      if (origin !== genuine.origin || treeSize !== genuine.treeSize || !equalBytes(rootHash, genuine.rootHash)) {
        throw forged("a checkpoint");
      }
    },
    10,
  ),
  textTarget(
    "cosignature",
    [NOTE],
    (text) => {
      const note = parseNote(text);
      const { timeUnix } = verifyCosignature(note, WITNESS);
      if (timeUnix !== 1_700_000_000 || note.text !== parseNote(NOTE).text) throw forged("a cosignature");
    },
    10,
  ),
  {
    name: "inclusion proof",
    shape: "bytes",
    seeds: [INCLUSION],
    cost: 2,
    decode: (input) => {
      verifyInclusion(HASHES[4] as Uint8Array, 4, 11, split(input), ROOT);
      return INCLUSION;
    },
  },
  {
    name: "consistency proof",
    shape: "bytes",
    seeds: [CONSISTENCY],
    cost: 2,
    decode: (input) => {
      verifyConsistency(6, SMALL_ROOT, 11, ROOT, split(input));
      return CONSISTENCY;
    },
  },
  {
    name: "approvals of a change",
    shape: "bytes",
    seeds: [APPROVED],
    cost: 10,
    decode: (input) => {
      verifyChange(input, { threshold: 1, resolve: () => FUZZ_KEY.publicKey });
      // Another key id resolves to the same key here: then it is another change, of the same payload.
      return undefined;
    },
  },
  {
    name: "batch from the wire",
    shape: "bytes",
    seeds: [BATCH],
    cost: 10,
    decode: (input) => {
      const { firstIndex, entries, checkpoint } = fromWire(input);
      const note = new TextDecoder().decode(checkpoint);
      const leaves = entries.map(({ leaf }) => leaf);
      verifyBatch(NOT_FOLLOWED_YET, { firstIndex: Number(firstIndex), leaves, note }, LOG_KEY);
      if (!equalBytes(rootOf(appendLeafHashes(EMPTY_FRONTIER, leaves.map(hashLeaf))), ROOT)) throw forged("a batch");
    },
  },
];

function fromWire(input: Uint8Array) {
  try {
    return fromBinary(StreamEntriesResponseSchema, input);
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    // gRPC answers for what is no message; nothing of ours sees it.
    throw protoError("NOTE_MALFORMED", { reason: "not a message" }, { cause });
  }
}
