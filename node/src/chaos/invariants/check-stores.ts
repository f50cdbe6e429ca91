import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeUtf8 } from "@tallystick/proto";
import { openLevelStore } from "@tallystick/registry";
import { keys, under } from "../../app/node-records.ts";
import { runProgram } from "../faults/run-program.ts";
import { AGREEMENTS, MEMBER_NAMES, MEMBERS, PROCESSES } from "../network/members.ts";
import type { QuiescenceContext } from "./quiescence.ts";

/**
 * Checks what lies on the disks of a stopped network: every store is sound by the product's own check; every buyer has what it is owed, and
 * every note that it ever accepted is of the one history.
 */
export async function checkStores({ network, model, logs, findings }: QuiescenceContext): Promise<void> {
  for (const name of PROCESSES) {
    const { code, stdout, stderr } = await runProgram(name, network.homeOf(name), ["fsck"]);
    findings.check(
      "store",
      code === 0,
      () => `${name}'s store is not sound: ${(stdout || stderr).trim().slice(0, 600)}`,
    );
  }
  for (const name of MEMBER_NAMES) {
    const evidence = await readdir(join(network.homeOf(name), "evidence")).catch(() => []);
    findings.check("accused", evidence.length === 0, () => `${name} has evidence against somebody: ${evidence.join()}`);
  }
  for (const [buyer, supplier] of AGREEMENTS) {
    if (!model.hasAgreed(buyer, supplier)) continue;
    const { origin } = MEMBERS[supplier];
    const store = await openLevelStore(join(network.homeOf(buyer), "store"), { createIfMissing: false });
    try {
      for (const { index, productId } of model.owed(buyer, supplier)) {
        const held = await store.get(keys.attestation(origin, index));
        findings.check("lost", held !== undefined, () => `${buyer} does not hold ${origin}#${index} (${productId})`);
      }
      const notes = keys.feedNote(origin, 0);
      for await (const [, note] of store.entries(under(notes.slice(0, notes.lastIndexOf("/") + 1)))) {
        logs.observe(decodeUtf8(note), buyer);
      }
    } finally {
      await store.close();
    }
  }
}
