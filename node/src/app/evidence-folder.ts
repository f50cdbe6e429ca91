import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type JsonObject } from "@tallystick/proto";
import type { MembersExhibit } from "../core/evidence/fault/members-proof.ts";

/** Two signed notes that cannot both be true, and the members log by which their key is known. */
export interface ForkEvidence {
  readonly origin: string;
  readonly size: number;
  readonly notes: readonly [string, string];
  readonly members: MembersExhibit | undefined;
}

/**
 * Writes a fork proof into a node's folder, to be handed on: `A.note`, `B.note` and, for `tally verify`, `members.json`. What is written
 * once is not written again.
 *
 * @returns the folder
 */
export async function writeForkEvidence(homePath: string, evidence: ForkEvidence): Promise<string> {
  const { origin, size, notes, members } = evidence;
  const folder = join(homePath, "evidence", `fork-${origin.replaceAll(/[^A-Za-z0-9.-]/g, "_")}-${size}`);
  await mkdir(folder, { recursive: true });
  const files: [string, string][] = [
    ["A.note", notes[0]],
    ["B.note", notes[1]],
    ...(members === undefined
      ? []
      : [["members.json", canonicalJson(members as unknown as JsonObject)] as [string, string]]),
  ];
  for (const [name, content] of files) {
    await writeFile(join(folder, name), content, { flag: "wx" }).catch((error: { code?: string }) => {
      // The first pair is as good as any later one.
      if (error.code !== "EEXIST") throw error;
    });
  }
  return folder;
}
