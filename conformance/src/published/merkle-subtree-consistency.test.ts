import { decodeBase64, verifySubtreeConsistency } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedFiles, publishedJson } from "../published-data.ts";

interface Probe {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const FOLDER = ["vectors", "merkle", "testdata", "subtreeconsistency"];

describePublished("transparency-dev/merkle, subtree consistency", () => {
  const files = publishedFiles(...FOLDER);

  it("has 118 probes", () => {
    expect(files).toHaveLength(118);
  });

  it.each(files)("%s", (file) => {
    const { start, end, size, root1, root2, proof, wantErr } = publishedJson<Probe>(...FOLDER, file);
    const hashes = (proof ?? []).map(decodeBase64);
    const verify = () => verifySubtreeConsistency(start, end, size, hashes, decodeBase64(root1), decodeBase64(root2));
    if (wantErr) expect(verify).toThrow(expect.objectContaining({ code: "CONSISTENCY_PROOF_INVALID" }));
    else verify();
  });
});
