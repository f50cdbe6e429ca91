import { decodeBase64, verifySubtreeInclusion } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedFiles, publishedJson } from "../published-data.ts";

interface Probe {
  readonly leafIdx: number;
  readonly start: number;
  readonly end: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const FOLDER = ["vectors", "merkle", "testdata", "subtreeinclusion"];

describePublished("transparency-dev/merkle, subtree inclusion", () => {
  const files = publishedFiles(...FOLDER);

  it("has 204 probes", () => {
    expect(files).toHaveLength(204);
  });

  it.each(files)("%s", (file) => {
    const { leafIdx, start, end, root, leafHash, proof, wantErr } = publishedJson<Probe>(...FOLDER, file);
    const path = (proof ?? []).map(decodeBase64);
    const verify = () => verifySubtreeInclusion(decodeBase64(leafHash), leafIdx, start, end, path, decodeBase64(root));
    if (wantErr) expect(verify).toThrow(expect.objectContaining({ code: "INCLUSION_PROOF_INVALID" }));
    else verify();
  });
});
