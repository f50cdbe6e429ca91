import { homedir } from "node:os";
import { join } from "node:path";
import { type Advice, makeOutput, type Output } from "@tallystick/registry";
import type { Command } from "commander";

/** Options that every command takes. */
export interface Globals {
  /** The node's folder. */
  readonly home: string;
  readonly json: boolean;
  /** Files with what opens the node's keys. */
  readonly passphraseFile?: string;
  readonly keyFile?: string;
}

export const defaultHome = (): string => join(homedir(), ".tally");

export function globals(command: Command): Globals {
  return command.optsWithGlobals<Globals>();
}

/** What to do about the errors that a person meets most. */
export const ADVICE: Advice = {
  HOME_MISSING: "Run `tally init` first, or name the node's folder with --home.",
  KEY_LOCKED: "Name what opens the keys: --passphrase-file, or --key-file; or run this at a terminal.",
  KEY_SECRET_WRONG: "Nothing was changed. Only what sealed a key opens it.",
  KEY_FILE_EXPOSED:
    "Take the others' rights away: chmod 600. If somebody may have read it, replace the keys: `tally keys compromise`.",
  KEY_WITH_AGENT: "Its key file lies in the agent's folder, and opens there.",
  SIGNER_UNAVAILABLE:
    "Nothing was changed. Start the agent, `tally keys agent --folder FOLDER`, then do the same again.",
  KEY_CHANGE_PENDING:
    "Nothing was changed. Have what waits published; or, where the maintainers refused it: `tally keys discard`.",
  KEY_FILE_INVALID: "Where the keys in use are lost: `tally keys recover --next-keys FILE`.",
  NEXT_KEYS_INSIDE: "Nothing was made. Name a file outside of the node's folder, best on another machine.",
  HOME_EXISTS: "Nothing was changed. Name another folder with --home.",
  BACKUP_INVALID: "Nothing was changed. Take another backup.",
  RESTORE_TARGET_EXISTS: "Nothing was changed. Name a folder that is not there yet with --home.",
  EXPORT_EXISTS: "Nothing was written. Name another file.",
  STORE_CORRUPT: "Stop the node and run `tally fsck`: it says what is damaged and what mends it.",
  STORE_LOCKED:
    "Another process has this folder open. If it is the node, its socket should answer: run `tally doctor`.",
  NETWORK_UNKNOWN: "Ask the consortium's operator for network.json.",
  ROAD_CLOSED: "Start the node with --libp2p, or name a host:port.",
  NOT_A_MEMBER: "Send join-request.json to the operator, and wait until they admit you.",
  SIGNING_LOCKED: "Nothing was signed. Check that the witnesses of network.json can be reached: run `tally doctor`.",
  PUBLICATION_INVALID: "Correct what is listed and publish again; nothing was published.",
  INPUT_NOT_HELD: "Subscribe to the supplier of that product first, and wait until its footprint is verified.",
  LEDGER_REFUSED: "Nothing was imported: the file cannot be read as a table.",
  LINE_UNKNOWN: "Line ids are in your ledger file; `total` explains the whole.",
  FACTOR_SET_MISSING: "The registry has not published this set, or was not reached yet: run `tally doctor`.",
  NETWORK_REQUIRED:
    "Pass --network with the operator's network.json: a fault is shown by the members' own keys, which follow from it.",
  FAULT_NOT_SHOWN: "The document does not show what it says. Do not rely on it.",
  FAULT_UNKNOWN: "`tally faults list` names every fault.",
  BUNDLE_CLAIM_FAILED: "The bundle does not prove its total. Do not rely on it.",
  STATEMENT_NOT_NAMED:
    "Nothing was signed. Look at it with `tally period show`; if that is what you sign, say so with --report and its digest.",
  STATEMENT_OUTDATED:
    "Nothing was signed. Prepare it anew with --renew, or sign it as it was prepared with --as-prepared.",
  STATEMENT_WAITING: "Nothing was changed. Sign what waits, or drop it with --renew.",
  PEER_UNAVAILABLE: "Nobody with the expected key answers there. Check the address, and that the other process runs.",
};

/** Runs a command's action: its errors become a message on stderr and the exit code. */
export async function run(command: Command, action: (output: Output) => Promise<void>): Promise<void> {
  const output = makeOutput(globals(command).json === true, ADVICE);
  try {
    await action(output);
  } catch (error) {
    process.exitCode = output.failure(error);
  }
}
