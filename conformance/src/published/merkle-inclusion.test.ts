import { decodeBase64, verifyInclusion } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedFiles, publishedJson } from "../published-data.ts";

interface Probe {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const FOLDER = ["vectors", "merkle", "testdata", "inclusion"];

describePublished("transparency-dev/merkle, inclusion", () => {
  const files = publishedFiles(...FOLDER);

  it("has 98 probes", () => {
    expect(files).toHaveLength(98);
  });

  it.each(files)("%s", (file) => {
    const { leafIdx, treeSize, root, leafHash, proof, wantErr } = publishedJson<Probe>(...FOLDER, file);
    const path = (proof ?? []).map(decodeBase64);
    const verify = () => verifyInclusion(decodeBase64(leafHash), leafIdx, treeSize, path, decodeBase64(root));
    if (wantErr) expect(verify).toThrow(expect.objectContaining({ code: "INCLUSION_PROOF_INVALID" }));
    else verify();
  });
});
