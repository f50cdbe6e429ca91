import {
  addSignatures,
  admitPublicKey,
  canonicalJson,
  concatBytes,
  cosign,
  decodeBase64,
  decodeBase64url,
  decodeHex,
  encodeBase64,
  encodeBase64url,
  entriesPath,
  formatAddCheckpoint,
  formatBundle,
  formatChange,
  formatCheckpoint,
  formatEntryBundle,
  formatLeaf,
  formatNote,
  formatSdJwt,
  formatTlogProof,
  formatVerifierKey,
  formatWitnessPolicy,
  hashLeaf,
  type JsonObject,
  type Leaf,
  makeDisclosure,
  makeVerifierKey,
  parseAddCheckpoint,
  parseBundle,
  parseCanonicalJson,
  parseChange,
  parseCheckpoint,
  parseDisclosure,
  parseEntryBundle,
  parseJws,
  parseLeaf,
  parseNote,
  parseSdJwt,
  parseTile,
  parseTilePath,
  parseTlogProof,
  parseVerifierKey,
  parseWitnessPolicy,
  placeholder,
  privateKeyFromSeed,
  resolveDisclosures,
  sha256,
  signChange,
  signCheckpoint,
  signJws,
  tilePath,
  utf8Encode,
} from "@tallystick/proto";
import { type Target, textTarget } from "../target.ts";

// The formats of the protocol: most have one spelling, and a decoder that takes a second one is a finding.

export const FUZZ_KEY = privateKeyFromSeed(sha256(utf8Encode("fuzz")));
const WITNESS_KEY = privateKeyFromSeed(sha256(utf8Encode("fuzz witness")));
export const FUZZ_TYP = "vc+sd-jwt";
export const FUZZ_KID = "did:web:fuzz.example#1";
export const LOG_KEY = makeVerifierKey("fuzz.example/feed", "ed25519", FUZZ_KEY.publicKey);
export const WITNESS = makeVerifierKey("witness.example", "cosignature-v1", WITNESS_KEY.publicKey);

const hash = (n: number): Uint8Array => sha256(Uint8Array.of(n));
const CHECKPOINT = { origin: LOG_KEY.name, treeSize: 300, rootHash: hash(1) };

export const NOTE: string = addSignatures(signCheckpoint(CHECKPOINT, FUZZ_KEY), [
  cosign(formatCheckpoint(CHECKPOINT), 1_700_000_000, WITNESS.name, WITNESS_KEY),
]);

const LEAVES: readonly Leaf[] = [
  { kind: "attest", jwsHash: hash(2) },
  { kind: "deliver", routeTag: hash(3).subarray(0, 16), commitment: hash(4) },
  { kind: "supersede", jwsHash: hash(5), targetIndex: 7 },
  { kind: "revoke", jwsHash: hash(6), targetIndex: 0 },
  { kind: "batch", jwsHash: hash(7), batchTag: hash(8).subarray(0, 16) },
  { kind: "alloc", jwsHash: hash(9), batchTag: hash(8).subarray(0, 16), n: 2, before: hash(10), after: hash(11) },
  { kind: "receipt", jwsHash: hash(12) },
  { kind: "close", jwsHash: hash(13), batchTag: hash(8).subarray(0, 16) },
];

const DISCLOSURE = makeDisclosure({ id: "line-1", kgco2e: "1.5" }, hash(14).subarray(0, 16));
const SD_PAYLOAD: JsonObject = { _sd_alg: "sha-256", lines: [placeholder(DISCLOSURE)], total: "1.5" };
export const JWS: string = signJws(FUZZ_TYP, FUZZ_KID, SD_PAYLOAD, FUZZ_KEY);

const CHANGE = {
  v: 1 as const,
  log: "registry.example/members",
  sequence: 1,
  previous: encodeBase64(hash(15)),
  change: { kind: "suspend" },
};

const CHANGE_BYTES = formatChange({
  payload: CHANGE,
  approvals: [signChange(CHANGE, "maintainer-a", FUZZ_KEY), signChange(CHANGE, "maintainer-b", WITNESS_KEY)],
});

const POLICY = `log ${formatVerifierKey(LOG_KEY)}\nwitness w1 ${formatVerifierKey(WITNESS)} https://witness.example\ngroup g 1 w1\nquorum g\n`;

const BUNDLE = formatBundle(
  [
    { type: "anchor", network: "fuzz" },
    { type: "total", kg: "1" },
  ],
  () => JWS,
);

/** A decoder of bytes that have one form. */
function bytesTarget(
  name: string,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => unknown,
  cost = 1,
): Target {
  return { name, shape: "bytes", seeds, cost, decode };
}

const entries = (bytes: Uint8Array): unknown => formatEntryBundle(parseEntryBundle(bytes, 3));

export const FORMAT_TARGETS: readonly Target[] = [
  textTarget("base64", [encodeBase64(hash(0)), "AA==", ""], (text) => encodeBase64(decodeBase64(text))),
  textTarget("base64url", [encodeBase64url(hash(0)), "AA", ""], (text) => encodeBase64url(decodeBase64url(text))),
  textTarget("hex", ["00ff"], decodeHex),
  textTarget("jcs", ['{"a":[1,-2,0.5,"\\u000f€"],"b":{"":null}}'], (text) => canonicalJson(parseCanonicalJson(text))),
  textTarget("jws", [JWS], (text) => {
    const { header, payload, signature } = parseJws(text, FUZZ_TYP);
    return `${encodeBase64url(utf8Encode(JSON.stringify(header)))}.${text.split(".")[1]}.${encodeBase64url(signature)}${payload === undefined ? "!" : ""}`;
  }),
  textTarget("sd-jwt", [formatSdJwt(JWS, [DISCLOSURE.encoded])], (text) => {
    const { jws, disclosures } = parseSdJwt(text);
    return formatSdJwt(jws, disclosures);
  }),
  textTarget("disclosure", [DISCLOSURE.encoded], (text) => parseDisclosure(text).encoded),
  textTarget("disclosures resolved", [DISCLOSURE.encoded], (text) => {
    resolveDisclosures(SD_PAYLOAD, [text], "complete");
    // What resolves is what was signed, and that is one text.
    return DISCLOSURE.encoded;
  }),
  textTarget("note", [NOTE], (text) => formatNote(parseNote(text))),
  textTarget("checkpoint", [formatCheckpoint(CHECKPOINT)], (text) => formatCheckpoint(parseCheckpoint(text))),
  textTarget(
    "verifier key",
    [formatVerifierKey(LOG_KEY), formatVerifierKey(WITNESS)],
    (text) => formatVerifierKey(parseVerifierKey(text)),
    20,
  ),
  textTarget("witness policy", [POLICY], (text) => formatWitnessPolicy(parseWitnessPolicy(text)) && undefined, 20),
  textTarget(
    "add-checkpoint",
    [formatAddCheckpoint({ oldSize: 4, proof: [hash(1), hash(2)], checkpoint: NOTE })],
    (text) => formatAddCheckpoint(parseAddCheckpoint(text)),
  ),
  textTarget("tile path", ["tile/0/x001/x234/067.p/8", "tile/entries/000"], (text) => {
    const path = parseTilePath(text);
    return path.kind === "tile" ? tilePath(path.level, path.index, path.width) : entriesPath(path.index, path.width);
  }),
  textTarget(
    "tlog-proof",
    [formatTlogProof({ index: 3, path: [hash(1), hash(2)], checkpoint: NOTE, extra: hash(3) })],
    (text) => formatTlogProof(parseTlogProof(text)),
  ),
  bytesTarget("leaf", LEAVES.map(formatLeaf), (bytes) => formatLeaf(parseLeaf(bytes))),
  bytesTarget("tile", [concatBytes(hash(1), hash(2))], (bytes) => concatBytes(...parseTile(bytes, 2))),
  bytesTarget("entry bundle", [formatEntryBundle(LEAVES.slice(0, 3).map(formatLeaf))], entries),
  bytesTarget("change", [CHANGE_BYTES], (bytes) => formatChange(parseChange(bytes))),
  bytesTarget(
    "public key",
    [FUZZ_KEY.publicKey.bytes, WITNESS_KEY.publicKey.bytes],
    (bytes) => admitPublicKey(bytes).bytes,
    100,
  ),
  textTarget("evidence bundle", [new TextDecoder().decode(BUNDLE)], (text) => {
    const { claims, claimsDigest } = parseBundle(text);
    // Its manifest lists the digest of each claim: other claims would be another bundle, which takes a hash to make.
    if (claims.length !== 2 || claimsDigest !== parseBundle(new TextDecoder().decode(BUNDLE)).claimsDigest) {
      throw new Error("other claims under the same manifest");
    }
  }),
  bytesTarget("leaf hash", LEAVES.map(formatLeaf), (bytes) => {
    if (hashLeaf(bytes).length !== 32) throw new Error("not a hash");
  }),
];
