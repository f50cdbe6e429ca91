import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import { describeKeyFile, secretsOf } from "@tallystick/registry";
import { NODE_KEY_USES } from "../app/key-sets.ts";
import { type NodeHome, readNodeHome } from "../app/node-home.ts";
import type { StatusDocument } from "../core/documents.ts";
import { judgeSpace, measureStore } from "./examine-store.ts";
import { ADVICE, type Globals } from "./run.ts";
import { withNode } from "./with-node.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  readonly what: string;
  /** What to do about it. */
  readonly mend?: string;
}

const ok = (what: string): Finding => ({ level: "ok", what });
const warning = (what: string, mend: string): Finding => ({ level: "warning", what, mend });
const problem = (what: string, mend: string): Finding => ({ level: "problem", what, mend });

/** Examines a node's folder and, through it, everything that it needs to work. Changes nothing. */
export async function examine(globals: Globals): Promise<Finding[]> {
  const { home } = globals;
  const [major = 0] = process.versions.node.split(".").map(Number);
  const runtime =
    major >= 22 ? ok(`Node ${process.versions.node}`) : problem(`Node ${process.versions.node}`, "Needs 22 or newer.");
  let found: NodeHome;
  try {
    found = await readNodeHome(home, secretsOf(globals));
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const mend = ADVICE[error.code] ?? "Restore it from a backup, and its keys from where you keep them.";
    return [runtime, problem(`${error.code}: ${home}`, mend)];
  }
  const findings = [runtime, ok(`folder ${home}`), ...(await examineKeys(found)), ...(await examineStore(home))];
  try {
    await withNode(globals, async (node) => findings.push(...describeStatus(await node.status())));
  } catch (error) {
    if (!isTallyError(error)) throw error;
    findings.push(
      problem(
        error.message,
        error.code === "STORE_CORRUPT"
          ? "Copy the folder aside, then run `tally fsck`: it says what is damaged, and what mends it."
          : "Stop the process that has this folder open, or restore the folder from a backup.",
      ),
    );
  }
  return findings;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;

async function examineStore(home: string): Promise<Finding[]> {
  const space = await measureStore(home);
  if (space === undefined) return [];
  const what = `the store takes ${mebibytes(space.storeBytes)}; ${mebibytes(space.freeBytes)} of the disk are free`;
  const judged = judgeSpace(space);
  if (judged === "ok") return [ok(what)];
  if (judged === "low") return [warning(what, "Make room: compaction needs some, and so does what comes next.")];
  return [problem(what, "Make room now: a node whose disk is full signs and receives nothing.")];
}

async function examineKeys({ path, keySets }: NodeHome): Promise<Finding[]> {
  const { folder } = keySets.current;
  const uses = await Promise.all(
    NODE_KEY_USES.map((use) => describeKeyFile(join(folder, `${use}.json`)).catch(() => undefined)),
  );
  const open = uses.filter((facts) => facts?.by === "nothing").length;
  const findings = [
    open === 0
      ? ok("keys are sealed")
      : ok("keys are readable by their owner alone; `tally keys passphrase` seals them besides"),
  ];
  // Folders of old have these two in them.
  if (await isThere(join(path, "keys", "next.json"))) {
    findings.push(
      warning(
        "keys/next.json, the next key, lies in the node's folder",
        "Move it off this machine: it is what replaces a stolen key. The node never needs it.",
      ),
    );
  }
  if (await isThere(join(path, "tls", "key.pem"))) {
    findings.push(
      warning("tls/key.pem is a copy of the transport key in the clear", "Delete it: the node makes it in memory."),
    );
  }
  if (keySets.staged !== undefined) {
    findings.push(
      warning(
        `keys of event ${keySets.staged.sequence} wait for the registry`,
        "Send key-event-request.json to the operator; the node takes them when the registry has published it.",
      ),
    );
  }
  return findings;
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

function describeStatus(status: StatusDocument): Finding[] {
  const { feed, registry, follows } = status;
  return [
    status.running ? ok("the node is running") : warning("the node is not running", "Start it: tally node"),
    registry.reachable
      ? ok(`registry reached: ${registry.members} members, ${registry.factorSets} factor sets`)
      : warning(
          `registry not reached; working from a copy ${registry.ageSeconds < 0 ? "that is empty" : `${registry.ageSeconds} s old`}`,
          "Check registry.address in network.json, and that the operator's process runs.",
        ),
    registry.members > 0
      ? ok("the copy of the registry verifies")
      : problem("no copy of the registry", "Connect to the registry once."),
    feed.signing === "ready"
      ? ok(`the log ${status.origin} signs: ${feed.size} entries, ${feed.finalSize} final`)
      : problem(
          `the log ${status.origin} does not sign: ${feed.reason}`,
          feed.reason?.includes("LOG_BEHIND") === true
            ? "This disk is older than what witnesses have seen: restore the newest copy. Never run two copies of one folder."
            : "Check that the witnesses of network.json can be reached.",
        ),
    ...follows.map((f) =>
      f.fault === undefined
        ? ok(`follows ${f.supplier}: ${f.size} entries, ${f.finalSize} final`)
        : problem(
            `${f.supplier} is at fault: ${f.fault}`,
            "Nothing after the fault counts. Ask the supplier, and keep this folder as evidence.",
          ),
    ),
  ];
}
