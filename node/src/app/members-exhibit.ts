import { decodeUtf8 } from "@tallystick/proto";
import type { Replica } from "@tallystick/registry";
import type { MembersExhibit } from "../core/evidence/fault/members-proof.ts";

/** The members log as this node holds it, to show with evidence; undefined where it holds none yet. */
export async function membersExhibit(replica: Replica): Promise<MembersExhibit | undefined> {
  const note = replica.noteOf("members");
  return note === undefined ? undefined : { note, entries: (await replica.leaves("members")).map(decodeUtf8) };
}
