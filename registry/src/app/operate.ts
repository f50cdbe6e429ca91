import {
  type ContractDocument,
  contractUrn,
  type FactorRow,
  type FactorSet,
  factorRowBytes,
  type KeyEvent,
  parseContract,
  type RateSet,
} from "@tallystick/contracts";
import { decodeBase64, equalBytes, isTallyError } from "@tallystick/proto";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { buildChangeAsync, type MaintainerKey } from "../core/build-change.ts";
import { parseJoinRequest, parseKeyEventRequest } from "../core/join-request.ts";
import { readFactorRows } from "../core/read-factor-rows.ts";
import type { RegistryLog, RegistryState } from "../core/registry-state.ts";
import { registryError } from "../errors.ts";
import { Replica } from "../replica/replica.ts";
import type { RegistryServer } from "../server/registry-server.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { type RegistryHome, withRegistryStore } from "./registry-home.ts";

/** What an operator does to a registry, whether it is being served or not. */
export interface RegistryOperator {
  readonly state: RegistryState;
  stageRows(rows: readonly Uint8Array[]): Promise<unknown>;
  /** Index of the change in its log. */
  submit(log: RegistryLog, change: object): Promise<number>;
}

/** What a registry has published. */
export interface RegistryReader {
  readonly state: RegistryState;
  /** The rows of a published version, in the order of their keys. @throws FACTORS_RESTRICTED where its licence keeps them from who asks */
  rowsOf(set: FactorSet): Promise<readonly FactorRow[]>;
}

/** A registry that is worked on, with all that it holds. */
export interface RegistryAccess extends RegistryOperator, RegistryReader {
  leavesOf(log: RegistryLog): Promise<readonly Uint8Array[]>;
  /** The signed note over exactly those leaves. */
  noteOf(log: RegistryLog): string;
  /** Appends a change that carries its approvals. Index of the change in its log. */
  submitSigned(log: RegistryLog, change: Uint8Array): Promise<number>;
}

/**
 * Works on the registry of a folder: through the process that serves it, or else in this one.
 *
 * @param access "read" where nothing will be changed: no witness is asked
 * @throws what the registry refuses; PEER_UNAVAILABLE where it is served but out of reach
 */
export async function operateRegistry<T>(
  home: RegistryHome,
  use: (operator: RegistryAccess) => Promise<T>,
  access: "append" | "read" = "append",
): Promise<T> {
  try {
    return await withRegistryStore(home, (server) => use(accessTo(home, server)), access);
  } catch (error) {
    if (!isTallyError(error, "STORE_LOCKED")) throw error;
    return operateServed(home, use);
  }
}

function accessTo(home: RegistryHome, server: RegistryServer): RegistryAccess {
  const submitSigned = async (log: RegistryLog, change: Uint8Array): Promise<number> =>
    (await server.submitChange(home.trust.logs[log].origin, change)).index;
  return {
    get state() {
      return server.state;
    },
    stageRows: (rows) => server.rows.stage(inTurn(rows)),
    rowsOf: async (set) => {
      const staged: Uint8Array[] = [];
      for await (const { rows } of server.rows.read(decodeBase64(set.rowsRoot))) staged.push(...rows);
      return readFactorRows(set, staged);
    },
    leavesOf: (log) => server.log(log).readLeaves(0, server.log(log).size),
    noteOf: (log) => server.log(log).checkpoint(),
    submitSigned,
    submit: async (log, change) => submitSigned(log, await buildFor(server.state, log, change, home.maintainers)),
  };
}

/** The next change of a log, approved by those of these keys that are maintainers' now. */
function buildFor(
  state: RegistryState,
  log: RegistryLog,
  change: object,
  keys: readonly MaintainerKey[],
): Promise<Uint8Array> {
  return buildChangeAsync(state.log(log), state.underPresent(change), presentKeys(state, keys));
}

/** Those of the keys that are maintainers' now. */
export function presentKeys(state: RegistryState, keys: readonly MaintainerKey[]): readonly MaintainerKey[] {
  const { keys: present } = state.members.maintainers;
  return keys.filter(({ kid, key }) => {
    const known = present.get(kid);
    return known !== undefined && equalBytes(known.bytes, key.publicKey.bytes);
  });
}

/** For everything that a registry holds. */
const SYNC_TIMEOUT_MS = 300_000;

/** What it takes to work on a registry from elsewhere; without maintainers' keys nothing can be changed. */
type ServedAccess = Pick<RegistryHome, "trust" | "transport" | "maintainers">;

/** Works on a registry through the process that serves it. @throws PEER_UNAVAILABLE, and what the registry refuses */
export async function operateServed<T>(home: ServedAccess, use: (operator: RegistryAccess) => Promise<T>): Promise<T> {
  const connection = connectRegistry(home.trust, home.transport);
  try {
    const now = (): number => Math.floor(Date.now() / 1000);
    const replica = await Replica.open({ trust: home.trust, store: openMemoryStore(), now });
    const sync = (): Promise<void> => replica.sync(connection, AbortSignal.timeout(SYNC_TIMEOUT_MS));
    await sync();
    const submitSigned = async (log: RegistryLog, change: Uint8Array): Promise<number> => {
      const index = await connection.submitChange(home.trust.logs[log].origin, change);
      await sync();
      return index;
    };
    return await use({
      get state() {
        return replica.state;
      },
      stageRows: (rows) => connection.stageRows(rows),
      rowsOf: async (set) => {
        const rows = replica.rowsOf(set);
        // No set is empty: these rows were not handed over.
        if (rows.length === 0) {
          throw registryError("FACTORS_RESTRICTED", { set: `${set.id}@${set.version}`, licence: set.licence });
        }
        return rows;
      },
      leavesOf: (log) => replica.leaves(log),
      noteOf: (log) => replica.noteOf(log) ?? "",
      submitSigned,
      submit: async (log, change) => submitSigned(log, await buildFor(replica.state, log, change, home.maintainers)),
    });
  } finally {
    connection.close();
  }
}

async function* inTurn(rows: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* rows;
}

/** Admits an applicant. The same application again changes nothing. @throws JOIN_REQUEST_INVALID, CHANGE_INVALID and others */
export async function admitMember(
  operator: RegistryOperator,
  joinRequest: unknown,
): Promise<{ readonly event: KeyEvent; readonly index: number }> {
  const { request, event } = parseJoinRequest(joinRequest);
  const known = operator.state.members.memberOf(event.member);
  if (known !== undefined && JSON.stringify(known.event) === JSON.stringify(event))
    return { event, index: known.eventIndex };
  const { event: signed, cosignatures } = request;
  const index = await operator.submit("members", {
    kind: "member",
    event: signed,
    vetting: "full",
    ...(cosignatures === undefined ? {} : { cosignatures }),
  });
  return { event, index };
}

/**
 * Publishes a member's next key event; how the member was vetted stays. The same event again changes nothing.
 *
 * @throws JOIN_REQUEST_INVALID; CHANGE_INVALID for keys that were not committed to, an event that does not follow the last, or a stranger
 */
export async function publishKeyEvent(
  operator: RegistryOperator,
  keyEventRequest: unknown,
): Promise<{ readonly event: KeyEvent; readonly index: number }> {
  const { request, event } = parseKeyEventRequest(keyEventRequest);
  const known = operator.state.members.memberOf(event.member);
  if (known === undefined || event.sequence === 0) {
    const { origin } = operator.state.log("members");
    throw registryError("CHANGE_INVALID", { origin, reason: `${event.member} has no event before: admit it` });
  }
  if (JSON.stringify(known.event) === JSON.stringify(event)) return { event, index: known.eventIndex };
  const { event: signed, cosignatures } = request;
  const { vetting, sponsor } = known;
  const index = await operator.submit("members", {
    kind: "member",
    event: signed,
    vetting,
    ...(sponsor === undefined ? {} : { sponsor }),
    ...(cosignatures === undefined ? {} : { cosignatures }),
  });
  return { event, index };
}

/** Publishes a contract version. @throws CONTRACT_INVALID, CHANGE_INVALID where that version is published already */
export async function addContract(
  operator: RegistryOperator,
  value: unknown,
): Promise<{ readonly urn: string; readonly index: number }> {
  const document: ContractDocument = parseContract(value);
  const urn = contractUrn(document.id, document.version);
  return { urn, index: await operator.submit("contracts", { kind: "contract", document }) };
}

/** Publishes a factor set with its rows. */
export async function importFactorSet(
  operator: RegistryOperator,
  { set, rows }: FactorSetWithRows,
): Promise<{ readonly set: FactorSet; readonly index: number }> {
  await operator.stageRows(rows.map(factorRowBytes));
  return { set, index: await operator.submit("factors", { kind: "factor-set", set }) };
}

export async function importRates(operator: RegistryOperator, set: RateSet): Promise<number> {
  return operator.submit("factors", { kind: "rates", set });
}
