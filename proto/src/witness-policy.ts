import { protoError } from "./errors.ts";
import { utf8Encode } from "./platform.ts";
import { readNatural } from "./text-fields.ts";
import { formatVerifierKey, type NoteAlgorithm, parseVerifierKey, type VerifierKey } from "./verifier-key.ts";

// C2SP tlog-policy, untagged: as of C2SP/C2SP@5ba5ee83.

/** Room for some hundred witnesses; the specification asks for 32. */
const MAX_POLICY_BYTES = 65_536;
/** The quorum that asks for no cosignature. */
const NONE = "none";

export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

/** `name` means something within the policy only. */
export interface PolicyWitness {
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Counts as witnessing when `threshold` (1 to all) of its members do. */
export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

/** Whose cosignatures make a checkpoint final. `quorum` names a witness or a group, or is `none`. */
export interface WitnessPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  readonly quorum: string;
}

/**
 * @throws POLICY_MALFORMED with the number of the first line at fault (0 for the file as a whole): more than 65,536 bytes,
 * a control character, an unknown line, an undefined or repeated name, a repeated key, no or a second quorum.
 */
export function parseWitnessPolicy(text: string): WitnessPolicy {
  if (text.length > MAX_POLICY_BYTES || utf8Encode(text).length > MAX_POLICY_BYTES) throw malformed(0, "too long");
  if (!text.isWellFormed()) throw malformed(0, "not text");
  if (!text.endsWith("\n")) throw malformed(0, "the last line does not end in a newline");
  const reader = new PolicyReader();
  text
    .slice(0, -1)
    .split("\n")
    .forEach((line, at) => {
      reader.readLine(line, at + 1);
    });
  return reader.finish();
}

/** One line each: logs, witnesses, groups with their threshold as a number, the quorum. */
export function formatWitnessPolicy(policy: WitnessPolicy): string {
  const withUrl = (words: string[], url: string | undefined) => (url === undefined ? words : [...words, url]).join(" ");
  const lines = [
    ...policy.logs.map(({ key, url }) => withUrl(["log", formatVerifierKey(key)], url)),
    ...policy.witnesses.map(({ name, key, url }) => withUrl(["witness", name, formatVerifierKey(key)], url)),
    ...policy.groups.map(({ name, threshold, members }) => ["group", name, threshold, ...members].join(" ")),
    `quorum ${policy.quorum}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** How many of n witnesses must cosign so that any two quorums share an honest one, when at most f of them are faulty. */
export function quorumSize(n: number, f: number): number {
  return Math.floor((n + f) / 2) + 1;
}

/** How many of n witnesses may be faulty in this network. */
export function mayBeFaulty(n: number): number {
  return Math.max(0, Math.floor((n - 1) / 3));
}

/**
 * The policy of this network over equal witnesses: f = floor((n - 1) / 3) of them may be faulty. Without witnesses the
 * quorum is `none`.
 *
 * @throws POLICY_MALFORMED where names or keys repeat, or a key is of the wrong type.
 */
export function policyFor(parts: {
  readonly log?: PolicyLog;
  readonly witnesses: readonly PolicyWitness[];
}): WitnessPolicy {
  const members = parts.witnesses.map(({ name }) => name);
  const threshold = quorumSize(members.length, mayBeFaulty(members.length));
  return parseWitnessPolicy(
    formatWitnessPolicy({
      logs: parts.log === undefined ? [] : [parts.log],
      witnesses: parts.witnesses,
      groups: members.length === 0 ? [] : [{ name: "witnesses", threshold, members }],
      quorum: members.length === 0 ? NONE : "witnesses",
    }),
  );
}

function malformed(line: number, reason: string, cause?: unknown): Error {
  return protoError("POLICY_MALFORMED", { line, reason }, { cause });
}

/** Reads line by line, since a name must be defined before the line that uses it. */
class PolicyReader {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  /** Every witness and group so far, and whether it is a member of a group already. */
  readonly #names = new Map<string, { grouped: boolean }>();
  #quorum: string | undefined;

  readLine(line: string, number: number): void {
    const fail = (reason: string, cause?: unknown): never => {
      throw malformed(number, reason, cause);
    };
    if (hasForbiddenCharacter(line)) fail("a control character");
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    const [keyword, ...fields] = words;
    if (keyword === undefined || keyword.startsWith("#")) return;
    if (keyword === "log") this.#readLog(fields, fail);
    else if (keyword === "witness") this.#readWitness(fields, fail);
    else if (keyword === "group") this.#readGroup(fields, fail);
    else if (keyword === "quorum") this.#readQuorum(fields, fail);
    else fail("an unknown keyword");
  }

  finish(): WitnessPolicy {
    if (this.#quorum === undefined) throw malformed(0, "no quorum");
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #readLog(fields: readonly string[], fail: Fail): void {
    const [vkey, url, ...rest] = fields;
    if (vkey === undefined || rest.length > 0) fail("a log has a key and perhaps a URL");
    const key = readKey(vkey, "ed25519", fail);
    if (this.#logs.some((log) => isSameKey(log.key, key))) fail("a log's key twice");
    this.#logs.push({ key, ...(url === undefined ? {} : { url }) });
  }

  #readWitness(fields: readonly string[], fail: Fail): void {
    const [name, vkey, url, ...rest] = fields;
    if (name === undefined || vkey === undefined || rest.length > 0) {
      fail("a witness has a name, a key and perhaps a URL");
    }
    const key = readKey(vkey, "cosignature-v1", fail);
    if (this.#witnesses.some((witness) => isSameKey(witness.key, key))) fail("a witness's key twice");
    this.#define(name, fail);
    this.#witnesses.push({ name, key, ...(url === undefined ? {} : { url }) });
  }

  #readGroup(fields: readonly string[], fail: Fail): void {
    const [name, count, ...members] = fields;
    if (name === undefined || count === undefined || members.length === 0) {
      fail("a group has a name, a threshold and members");
    }
    const threshold = count === "any" ? 1 : count === "all" ? members.length : readNatural(count);
    if (threshold === undefined || threshold < 1 || threshold > members.length) {
      fail("a threshold is any, all, or a number of members");
    }
    for (const member of members) {
      const known = this.#names.get(member);
      if (known === undefined) fail("a member that no line before defines");
      if (known.grouped) fail("a member of two groups, or twice of one");
      known.grouped = true;
    }
    this.#define(name, fail);
    this.#groups.push({ name, threshold, members });
  }

  #readQuorum(fields: readonly string[], fail: Fail): void {
    const [name, ...rest] = fields;
    if (name === undefined || rest.length > 0) fail("a quorum is one name");
    if (this.#quorum !== undefined) fail("a second quorum");
    if (name !== NONE && !this.#names.has(name)) fail("a quorum that no line before defines");
    this.#quorum = name;
  }

  #define(name: string, fail: Fail): void {
    if (name === NONE || this.#names.has(name)) fail("a name that is taken");
    this.#names.set(name, { grouped: false });
  }
}

type Fail = (reason: string, cause?: unknown) => never;

function readKey(vkey: string, algorithm: NoteAlgorithm, fail: Fail): VerifierKey {
  let key: VerifierKey;
  try {
    key = parseVerifierKey(vkey);
  } catch (cause) {
    return fail("not an admissible key", cause);
  }
  return key.algorithm === algorithm ? key : fail("a key of the other type");
}

function isSameKey(one: VerifierKey, other: VerifierKey): boolean {
  return one.publicKey.bytes.every((byte, at) => byte === other.publicKey.bytes[at]);
}

function hasForbiddenCharacter(line: string): boolean {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
