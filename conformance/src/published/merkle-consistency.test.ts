import { decodeBase64, verifyConsistency } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedFiles, publishedJson } from "../published-data.ts";

interface Probe {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const FOLDER = ["vectors", "merkle", "testdata", "consistency"];

/**
 * Where policies differ. The publisher refuses every proof from an empty tree, as a statement without content. C2SP
 * tlog-witness asks for the opposite: from old size 0 an empty proof must be accepted, since the empty tree is consistent
 * with any tree. We follow tlog-witness, as the publisher's own subtree verifier does, and only under the empty tree's own
 * root; that leaves this one probe of the size1 = 0 cases. The others have placeholder roots or hashes to spare.
 */
const ACCEPTED_AS_TLOG_WITNESS_ASKS = "additional/size1-is-zero-and-size2-is-not-zero.json";

describePublished("transparency-dev/merkle, consistency", () => {
  const files = publishedFiles(...FOLDER);

  it("has 98 probes", () => {
    expect(files).toHaveLength(98);
  });

  it.each(files)("%s", (file) => {
    const { size1, size2, root1, root2, proof, wantErr } = publishedJson<Probe>(...FOLDER, file);
    const hashes = (proof ?? []).map(decodeBase64);
    const verify = () => verifyConsistency(size1, decodeBase64(root1), size2, decodeBase64(root2), hashes);
    if (wantErr && file !== ACCEPTED_AS_TLOG_WITNESS_ASKS) {
      expect(verify).toThrow(expect.objectContaining({ code: "CONSISTENCY_PROOF_INVALID" }));
    } else verify();
  });
});
