import { LocalService } from "@tallystick/proto/wire";
import { connectLocal } from "@tallystick/registry";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import type { LocalApi } from "../../ports/local-api.ts";

/** A running node, asked through its socket. */
export interface LocalClient extends LocalApi {
  close(): void;
}

/** Documents are this very program's at the other end of the socket: their shape is not checked again. */
const read = <T>({ json }: { json: string }): T => JSON.parse(json) as T;

const toView = ({ period = "", asOf = "" }: ViewQuery = {}): { period: string; asOf: string } => ({ period, asOf });

export function connectLocalNode(socketPath: string): LocalClient {
  const connection = connectLocal(socketPath);
  const client = connection.client(LocalService);
  return {
    status: async () => read(await client.getStatus({})),
    access: async (query) => read(await client.listAccess({ ...query })),
    publish: async (name, content) => read(await client.publish({ name, content })),
    subscribe: async (address, supplier) => read(await client.subscribe({ address, supplier })),
    importLedger: async (name, content, { mapping, ...options } = {}) => {
      const json = mapping === undefined ? "" : JSON.stringify(mapping);
      return read(await client.importLedger({ name, content, mapping: json, ...options }));
    },
    retractLine: async (id, reason) => read(await client.retractLine({ id, reason })),
    inventory: async (view) => read(await client.getInventory({ view: toView(view) })),
    watch: async function* (signal) {
      for await (const document of client.watchInventory({}, { signal })) yield read(document);
    },
    explain: async (subject, view) => read(await client.explain({ subject, view: toView(view) })),
    prove: async function* (view) {
      for await (const { chunk } of client.prove({ view: toView(view) })) yield chunk;
    },
    diff: async (before, after) => read(await client.diffInventories({ before, after })),
    backup: async function* (withKeys) {
      for await (const { chunk } of client.backup({ withKeys })) yield chunk;
    },
    faults: {
      list: async () => read(await client.listFaults({})),
      show: async (fault) => read(await client.showFault({ fault })),
      exportFault: async function* (fault) {
        for await (const { chunk } of client.exportFault({ fault })) yield chunk;
      },
    },
    policies: {
      show: async () => read(await client.getPolicies({})),
      put: async (kind, policy, cause) => read(await client.putPolicy({ kind, json: JSON.stringify(policy), cause })),
    },
    periods: {
      list: async () => read(await client.listPeriods({})),
      show: async (period) => read(await client.getPeriod({ period })),
      propose: async (request) => read(await client.proposePeriod(request)),
      sign: async (jws, asPrepared = false) => read(await client.signPeriod({ jws, asPrepared })),
      exportReport: async function* (period) {
        for await (const { chunk } of client.exportReport({ period })) yield chunk;
      },
    },
    rebaseline: {
      plan: async (to, view) => read(await client.planRebaseline({ to, view: toView(view) })),
      apply: async (to, plan) => read(await client.applyRebaseline({ to, plan })),
    },
    close: () => connection.close(),
  };
}
