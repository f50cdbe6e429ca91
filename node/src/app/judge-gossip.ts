import { isTallyError, parseCheckpoint, parseNote, verifyNote } from "@tallystick/proto";
import type { RegistryState } from "@tallystick/registry";

/**
 * What to do with a checkpoint that a peer passed on: only what a member's own checkpoint key signed goes further. Of an origin that this copy of the registry
 * does not know, or a key that it does not know yet, nothing can be said.
 */
export function judgeCheckpointNote(text: string, registry: RegistryState): "accept" | "ignore" | "reject" {
  try {
    const note = parseNote(text);
    const { origin } = parseCheckpoint(note.text);
    const member = registry.members.memberByOrigin(origin);
    if (member === undefined) return "ignore";
    verifyNote(note, member.checkpointKey);
    return "accept";
  } catch (error) {
    if (!isTallyError(error)) throw error;
    // An unsigned note may be signed by a key that is newer than this copy.
    return isTallyError(error, "NOTE_UNSIGNED") ? "ignore" : "reject";
  }
}
