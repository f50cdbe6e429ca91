import {
  type ContractDocument,
  contractUrn,
  type FactorSet,
  factorRowBytes,
  type KeyEvent,
  parseContract,
  type RateSet,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { buildChange } from "../core/build-change.ts";
import { parseJoinRequest } from "../core/join-request.ts";
import type { RegistryLog, RegistryState } from "../core/registry-state.ts";
import { Replica } from "../replica/replica.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { type RegistryHome, withRegistryStore } from "./registry-home.ts";

/** What an operator does to a registry, whether it is being served or not. */
export interface RegistryOperator {
  readonly state: RegistryState;
  stageRows(rows: readonly Uint8Array[]): Promise<unknown>;
  /** Index of the change in its log. */
  submit(log: RegistryLog, change: object): Promise<number>;
}

/**
 * Works on the registry of a folder: through the process that serves it, or else in this one.
 *
 * @throws what the registry refuses; PEER_UNAVAILABLE where it is served but out of reach
 */
export async function operateRegistry<T>(
  home: RegistryHome,
  use: (operator: RegistryOperator) => Promise<T>,
): Promise<T> {
  try {
    return await withRegistryStore(home, (server) =>
      use({
        get state() {
          return server.state;
        },
        stageRows: (rows) => server.rows.stage(inTurn(rows)),
        submit: async (log, change) => {
          const bytes = buildChange(server.state.log(log), { ...change, maintainersAt: 0 }, home.maintainers);
          return (await server.submitChange(home.trust.logs[log].origin, bytes)).index;
        },
      }),
    );
  } catch (error) {
    if (!isTallyError(error, "STORE_LOCKED")) throw error;
    return operateServed(home, use);
  }
}

/** Works on a registry through the process that serves it. @throws PEER_UNAVAILABLE, and what the registry refuses */
export async function operateServed<T>(
  home: RegistryHome,
  use: (operator: RegistryOperator) => Promise<T>,
): Promise<T> {
  const connection = connectRegistry(home.trust, home.transport);
  try {
    const now = (): number => Math.floor(Date.now() / 1000);
    const replica = await Replica.open({ trust: home.trust, store: openMemoryStore(), now });
    const sync = (): Promise<void> => replica.sync(connection, AbortSignal.timeout(60_000));
    await sync();
    return await use({
      get state() {
        return replica.state;
      },
      stageRows: (rows) => connection.stageRows(rows),
      submit: async (log, change) => {
        const bytes = buildChange(replica.state.log(log), { ...change, maintainersAt: 0 }, home.maintainers);
        const index = await connection.submitChange(home.trust.logs[log].origin, bytes);
        await sync();
        return index;
      },
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
