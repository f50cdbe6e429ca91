import { equalBytes, hashJws, isTallyError, type Leaf, parseLeaf } from "@tallystick/proto";
import { subjectKeys } from "../../feed/plan-publication.ts";
import { checkToken } from "../../subscription/check-token.ts";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene, ShownLeaf } from "./scene.ts";

/** Two footprints of one product, site and period that the log lets both stand (docs/protocol.md, LEAF-4). */
export function checkTwoLive(exhibit: Exhibit<"two-live">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.range(exhibit.log);
  const [first, second] = exhibit.entries;
  if (first.index >= second.index) throw scene.notShown("the two entries are not one after the other");
  const subjects = [first, second].map(({ index, jws }) => {
    const leaf = leaves[index - exhibit.log.from];
    if (leaf === undefined) throw scene.notShown(`entry ${index} is not shown`);
    if (!equalBytes(scene.publishedBy(leaf), hashJws(jws))) throw scene.notShown(`entry ${index} is another`);
    const { payload } = checkToken({ jws, disclosures: [] }, scene.attestKey);
    if (payload.issuer !== scene.member.did) throw scene.notShown(`entry ${index} is another's`);
    return subjectKeys(payload.credentialSubject);
  }) as [readonly string[], readonly string[]];
  const common = subjects[0].filter((subject) => subjects[1].includes(subject));
  const [subject] = common;
  if (subject === undefined) throw scene.notShown("the two are of different products, sites or periods");
  const ended = leaves.find((leaf) => [first.index, second.index].includes(targetOf(leaf) ?? -1));
  if (ended !== undefined) throw scene.notShown(`entry ${ended.index} ends one of them`);
  return {
    checkpoint,
    proven: [
      `entries ${first.index} and ${second.index} of ${scene.origin} are both signed footprints of ${subject}`,
      `no entry up to ${checkpoint.treeSize - 1} supersedes or revokes either`,
    ],
    claimed: [],
    notProven: ["which of the two is right"],
  };
}

/** The entry that a leaf ends. */
function targetOf({ bytes }: ShownLeaf): number | undefined {
  let leaf: Leaf;
  try {
    leaf = parseLeaf(bytes);
  } catch (error) {
    // What is no record ends nothing.
    if (isTallyError(error)) return undefined;
    throw error;
  }
  return leaf.kind === "supersede" || leaf.kind === "revoke" ? leaf.targetIndex : undefined;
}
