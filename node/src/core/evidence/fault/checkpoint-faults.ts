import {
  decodeBase64,
  equalBytes,
  isTallyError,
  parseCheckpoint,
  parseNote,
  verifyConsistency,
  verifyNote,
} from "@tallystick/proto";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene } from "./scene.ts";

// Checkpoints that cannot stand beside each other, or by themselves (docs/protocol.md, LOG-2, LOG-8).

/**
 * Two checkpoints of which the smaller is no prefix of the larger: another root than its own is shown to be what the larger begins
 * with.
 */
export function checkRewritten(exhibit: Exhibit<"rewritten">, scene: Scene): Finding {
  const [held, offered] = [scene.checkpoint(exhibit.held), scene.checkpoint(exhibit.offered)];
  const [smaller, larger] = held.treeSize < offered.treeSize ? [held, offered] : [offered, held];
  const root = decodeBase64(exhibit.root);
  verifyConsistency(smaller.treeSize, root, larger.treeSize, larger.rootHash, exhibit.path.map(decodeBase64));
  if (smaller.treeSize === 0 || equalBytes(root, smaller.rootHash)) throw scene.notShown("the two agree");
  return {
    checkpoint: larger,
    proven: [
      `${scene.member.did} signed two histories of ${scene.origin}: the first ${smaller.treeSize} entries under its checkpoint of ${larger.treeSize} are not those that it signed at ${smaller.treeSize}`,
    ],
    claimed: [],
    notProven: ["which of the two histories others were shown"],
  };
}

export function checkRolledBack(exhibit: Exhibit<"rolled-back">, scene: Scene): Finding {
  const [held, offered] = [scene.checkpoint(exhibit.held), scene.checkpoint(exhibit.offered)];
  if (offered.treeSize >= held.treeSize) throw scene.notShown("the checkpoint offered is not smaller");
  const path = exhibit.path.map(decodeBase64);
  verifyConsistency(offered.treeSize, offered.rootHash, held.treeSize, held.rootHash, path);
  return {
    checkpoint: held,
    proven: [
      `${scene.member.did} signed ${scene.origin} at ${held.treeSize} entries, and at ${offered.treeSize} before`,
    ],
    claimed: ["the smaller one was offered as the newest after the larger one"],
    notProven: ["that it was meant: anybody can show an old checkpoint again"],
  };
}

export function checkBadCheckpoint(exhibit: Exhibit<"bad-checkpoint">, scene: Scene): Finding {
  const note = parseNote(exhibit.note);
  const key = scene.checkpointKeys.find((known) => isSignedBy(note, known));
  if (key === undefined) throw scene.notShown("the member did not sign it");
  const reason = faultOf(note.text, scene.origin);
  if (reason === undefined) throw scene.notShown("it is a checkpoint of that log");
  return {
    proven: [
      `${scene.member.did} signed, with the key of its checkpoints, a text that is no checkpoint of ${scene.origin}: ${reason}`,
    ],
    claimed: [],
    notProven: [],
  };
}

function isSignedBy(...[note, key]: Parameters<typeof verifyNote>): boolean {
  try {
    verifyNote(note, key);
    return true;
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}

function faultOf(text: string, origin: string): string | undefined {
  try {
    return parseCheckpoint(text).origin === origin ? undefined : "another origin";
  } catch (error) {
    if (isTallyError(error, "CHECKPOINT_MALFORMED")) return String((error.details as { reason?: unknown }).reason);
    throw error;
  }
}
