import { existsSync } from "node:fs";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type FactorSet, parseFactorSet } from "@tallystick/contracts";
import { canonicalJson, isTallyError, type JsonObject, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { readFactorRows } from "../core/read-factor-rows.ts";
import { registryError } from "../errors.ts";
import { SET_NAME, setName } from "../factors/factor-version.ts";
import type { HeldRow } from "../factors/outlier-gate.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { makeHome, readText, writeJson } from "./home-files.ts";

// A proposed version of a factor set, as a folder that can be handed to maintainers on other machines: set.json, rows.jsonl (the rows as the
// set's root is over them, one a line) and report.json; and, once somebody approved it, the pending change beside them.

/** Most bytes of a proposal's rows: what a registry stores of one set, with its line breaks. */
const MAX_ROWS_BYTES = 65 * 1024 * 1024;
const MAX_REPORT_BYTES = 256 * 1024 * 1024;

/** What an import noticed, and what a person must look at. */
export interface ProposalReport {
  readonly v: 1;
  /** Id of the format that the files were in. */
  readonly format: string;
  /** As the import gave them: `ImportNotice`. */
  readonly notices: readonly {
    readonly trap: string;
    readonly file?: string;
    readonly sheet?: string;
    readonly row: number;
    readonly column: string;
    readonly found: string;
    readonly done: string;
    readonly key?: string;
  }[];
  /** Rate set that prices were compared by: "id@version". */
  readonly rates?: string;
  /** Against the superseded version; absent where there is none. */
  readonly changes?: {
    readonly added: number;
    readonly removed: number;
    readonly renamed: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  /** How many factors of the superseded version may be there under new names. */
  readonly maybeRenamed?: number;
  readonly held: readonly HeldRow[];
}

/** A proposal as it lies in its folder. */
export interface Proposal extends FactorSetWithRows {
  readonly path: string;
  readonly report: ProposalReport;
}

const text = z.string().max(10_000);
const count = z.int().min(0);
const reportSchema: z.ZodType<ProposalReport> = z.strictObject({
  v: z.literal(1),
  format: text,
  notices: z.array(
    z.strictObject({
      trap: text,
      file: text.exactOptional(),
      sheet: text.exactOptional(),
      row: count,
      column: text,
      found: text,
      done: text,
      key: text.exactOptional(),
    }),
  ),
  rates: text.exactOptional(),
  changes: z
    .strictObject({ added: count, removed: count, renamed: count, changed: count, unchanged: count })
    .exactOptional(),
  maybeRenamed: count.exactOptional(),
  held: z.array(z.strictObject({ key: text, label: text, reason: text, evidence: text })),
});

const folderOf = (home: string): string => join(home, "proposals");

/** Where the proposal of a version lies: "id@version" holds no separator of folders. */
export function proposalPath(home: string, name: string): string {
  return join(folderOf(home), name);
}

/**
 * Keeps a proposal. The same one again changes nothing.
 * @throws PROPOSAL_EXISTS where there is another one of that version
 */
export async function writeProposal(
  home: string,
  { set, rows }: FactorSetWithRows,
  report: ProposalReport,
): Promise<Proposal> {
  const path = proposalPath(home, setName(set));
  try {
    await makeHome(path, async (folder) => {
      await writeJson(join(folder, "set.json"), set);
      await writeFile(join(folder, "rows.jsonl"), rows.map((row) => `${textOf(row)}\n`).join(""));
      await writeJson(join(folder, "report.json"), report);
    });
  } catch (cause) {
    if (!isTallyError(cause, "REGISTRY_HOME_EXISTS")) throw cause;
    const known = await readProposal(path);
    if (textOf(known.set) !== textOf(set)) throw registryError("PROPOSAL_EXISTS", { path }, { cause });
  }
  return { path, set, rows, report };
}

/** @throws PROPOSAL_INVALID unless the folder holds exactly what its set declares */
export async function readProposal(path: string): Promise<Proposal> {
  const invalid = (reason: string, cause?: unknown) => registryError("PROPOSAL_INVALID", { path, reason }, { cause });
  const read = async (name: string, maxBytes: number): Promise<string> => {
    try {
      const whole = join(path, name);
      if ((await stat(whole)).size > maxBytes) throw invalid(`${name} is too long`);
      return await readText(whole);
    } catch (cause) {
      if (isTallyError(cause, "PROPOSAL_INVALID")) throw cause;
      throw invalid(`${name} cannot be read`, cause);
    }
  };
  const [set, rows, report] = await Promise.all([
    read("set.json", 65_536),
    read("rows.jsonl", MAX_ROWS_BYTES),
    read("report.json", MAX_REPORT_BYTES),
  ]);
  try {
    const parsed: FactorSet = parseFactorSet(JSON.parse(set));
    const lines = rows.split("\n");
    if (lines.pop() !== "") throw invalid("rows.jsonl is cut short");
    const proposal = { path, set: parsed, rows: readFactorRows(parsed, lines.map(utf8Encode)) };
    return { ...proposal, report: reportSchema.parse(JSON.parse(report)) };
  } catch (cause) {
    if (isTallyError(cause, "PROPOSAL_INVALID")) throw cause;
    throw invalid(cause instanceof Error ? cause.message.slice(0, 500) : "not a proposal", cause);
  }
}

/** The proposals of a registry's folder: their paths, by name. */
export async function listProposals(home: string): Promise<string[]> {
  if (!existsSync(folderOf(home))) return [];
  const names = (await readdir(folderOf(home))).filter((name) => SET_NAME.test(name));
  return names.sort().map((name) => proposalPath(home, name));
}

/** @throws PROPOSAL_INVALID where there is none */
export async function discardProposal(path: string): Promise<void> {
  if (!existsSync(path)) throw registryError("PROPOSAL_INVALID", { path, reason: `no proposal of ${basename(path)}` });
  await rm(path, { recursive: true });
}

const textOf = (value: object): string => canonicalJson(value as JsonObject);
