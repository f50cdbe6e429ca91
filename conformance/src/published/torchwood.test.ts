import {
  admitPublicKey,
  type Checkpoint,
  decodeHex,
  formatAddCheckpoint,
  isOrigin,
  makeVerifierKey,
  openCheckpoint,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifyConsistency,
} from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedText } from "../published-data.ts";

interface Exchange {
  readonly body: string;
  readonly status: number;
}

/** The requests of a script with the answers it expects: a body between fences, then `HTTP <status>`. */
function exchanges(file: string): Exchange[] {
  const text = publishedText("vectors", "torchwood", "cmd", "litewitness", "testdata", file);
  return [...text.matchAll(/^POST \S+\n```\n(.*?)^```\nHTTP (\d+)$/gms)].map(([, body = "", status]) => ({
    body,
    status: Number(status),
  }));
}

const SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
const SIGSUM_LOG = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
const SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

describePublished("torchwood's witness scripts", () => {
  const script = exchanges("litewitness.txt");
  const sigsumKey = makeVerifierKey(SIGSUM_LOG, "ed25519", admitPublicKey(decodeHex(SIGSUM_KEY)));

  it("have requests that read back to the byte [WIT-1]", () => {
    const all = [...script, ...exchanges("bastion.txt"), ...exchanges("sumdb.txt")];
    expect(all.map(({ status }) => status)).toEqual([200, 403, 403, 422, 422, 200, 409, 200, 409, 200, 200]);
    for (const { body } of all) expect(formatAddCheckpoint(parseAddCheckpoint(body))).toBe(body);
  });

  it("have checkpoints that open unless the script expects 403", () => {
    for (const { body, status } of script) {
      const open = () => openCheckpoint(parseAddCheckpoint(body).checkpoint, sigsumKey);
      if (status === 403) expect(open).toThrow(/NOTE_MALFORMED|NOTE_UNSIGNED/);
      else expect(open().checkpoint.origin).toBe(SIGSUM_LOG);
    }
  });

  it("have proofs that hold from one cosigned checkpoint to the next, and none where 422 is expected [WIT-1]", () => {
    let held: Checkpoint | undefined;
    for (const { body, status } of script.filter((exchange) => [200, 422].includes(exchange.status))) {
      const { oldSize, proof, checkpoint } = parseAddCheckpoint(body);
      const next = openCheckpoint(checkpoint, sigsumKey).checkpoint;
      const verify = () =>
        verifyConsistency(oldSize, held?.rootHash ?? next.rootHash, next.treeSize, next.rootHash, proof);
      if (held === undefined) {
        expect(oldSize).toBe(0);
      } else if (status === 200) verify();
      else expect(verify).toThrow(expect.objectContaining({ code: "CONSISTENCY_PROOF_INVALID" }));
      if (status === 200) held = next;
    }
    expect(held?.treeSize).toBe(5);
  });

  it("take a log whose origin has spaces and is not its key's name", () => {
    const [exchange] = exchanges("sumdb.txt");
    const { checkpoint } = parseAddCheckpoint(exchange?.body ?? "");
    const origin = "go.sum database tree";
    expect(parseCheckpoint(parseNote(checkpoint).text).origin).toBe(origin);
    expect(isOrigin(origin)).toBe(false);
    expect(openCheckpoint(checkpoint, parseVerifierKey(SUMDB_KEY), origin).checkpoint.treeSize).toBe(35_225_469);
    expect(() => openCheckpoint(checkpoint, parseVerifierKey(SUMDB_KEY))).toThrow(
      expect.objectContaining({ code: "CHECKPOINT_MALFORMED" }),
    );
  });
});
