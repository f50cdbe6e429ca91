import { isTallyError, parseLeaf } from "@tallystick/proto";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene, ShownLeaf } from "./scene.ts";

// Leaves that break a rule by themselves (docs/protocol.md, LEAF-1, LEAF-3).

export function checkWrongTarget(exhibit: Exhibit<"wrong-target">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [shown, target] = leaves as [ShownLeaf, ShownLeaf | undefined];
  const leaf = parseLeaf(shown.bytes);
  if (leaf.kind !== "supersede" && leaf.kind !== "revoke") throw scene.notShown("the entry names no other");
  const { kind, targetIndex } = leaf;
  const isEarlier = targetIndex < shown.index;
  if (isEarlier && target?.index !== targetIndex) throw scene.notShown("the entry that it names is not shown");
  if (isEarlier && target !== undefined && isAttestation(target)) throw scene.notShown("it may name that entry");
  const what = isEarlier ? "attests nothing" : "is not an earlier one";
  return {
    checkpoint,
    proven: [`entry ${shown.index} of ${scene.origin} is a ${kind} of entry ${targetIndex}, which ${what}`],
    claimed: [],
    notProven: ["which entry was meant"],
  };
}

function isAttestation({ bytes }: ShownLeaf): boolean {
  try {
    const { kind } = parseLeaf(bytes);
    return kind === "attest" || kind === "supersede";
  } catch (error) {
    // What is no record attests nothing.
    if (isTallyError(error)) return false;
    throw error;
  }
}

export function checkMalformedLeaf(exhibit: Exhibit<"malformed-leaf">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [leaf] = leaves as [ShownLeaf];
  try {
    parseLeaf(leaf.bytes);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return {
      checkpoint,
      proven: [`entry ${leaf.index} of ${scene.origin} is no record of this protocol (${error.code})`],
      claimed: [],
      notProven: [],
    };
  }
  throw scene.notShown("the leaf is a record");
}
