import { type InventoryView, LocalService } from "@tallystick/proto/wire";
import { type BoundService, bindService, type CallContext } from "@tallystick/registry";
import { closingError } from "../../core/closing/closing-errors.ts";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import type { LocalApi, PeriodRequest } from "../../ports/local-api.ts";

/** Serves a node to its owner. */
export function makeLocalService(node: LocalApi): BoundService<"owner"> {
  const document = async (answer: Promise<unknown>): Promise<{ json: string }> => ({
    json: JSON.stringify(await answer),
  });
  return bindService(LocalService, {
    getStatus: () => document(node.status()),
    listAccess: ({ did, refused, limit }) =>
      document(node.access({ ...(did === "" ? {} : { did }), refused, ...(limit === 0 ? {} : { limit }) })),
    publish: ({ name, content }) => document(node.publish(name, content)),
    subscribe: ({ address, supplier }) => document(node.subscribe(address, supplier)),
    importLedger: ({ name, content, mapping, sheet, dryRun, correct, skipBad }) =>
      document(
        node.importLedger(name, content, {
          ...(mapping === "" ? {} : { mapping: parseDocument(mapping) }),
          ...(sheet === "" ? {} : { sheet }),
          dryRun,
          correct,
          skipBad,
        }),
      ),
    retractLine: ({ id, reason }) => document(node.retractLine(id, reason)),
    getInventory: ({ view }) => document(node.inventory(fromView(view))),
    watchInventory: async function* (_request, { signal }: CallContext<"owner">) {
      for await (const inventory of node.watch(signal)) yield { json: JSON.stringify(inventory) };
    },
    explain: ({ subject, view }) => document(node.explain(subject, fromView(view))),
    prove: async function* ({ view }) {
      for await (const chunk of node.prove(fromView(view))) yield { chunk };
    },
    backup: async function* ({ withKeys }) {
      for await (const chunk of node.backup(withKeys)) yield { chunk };
    },
    listFaults: () => document(node.faults.list()),
    showFault: ({ fault }) => document(node.faults.show(fault)),
    exportFault: async function* ({ fault }) {
      for await (const chunk of node.faults.exportFault(fault)) yield { chunk };
    },
    diffInventories: ({ before, after }) => document(node.diff(before, after)),
    getPolicies: () => document(node.policies.show()),
    putPolicy: ({ kind, json, cause }) => document(node.policies.put(kind, parseDocument(json), cause)),
    listPeriods: () => document(node.periods.list()),
    getPeriod: ({ period }) => document(node.periods.show(period)),
    exportReport: async function* ({ period }) {
      for await (const chunk of node.periods.exportReport(period)) yield { chunk };
    },
    proposePeriod: ({ action, period, reason, immaterial, renew }) =>
      document(
        node.periods.propose({
          action: parseAction(action),
          period,
          ...(reason === "" ? {} : { reason }),
          immaterial,
          renew,
        }),
      ),
    signPeriod: ({ jws, asPrepared }) => document(node.periods.sign(jws, asPrepared)),
    planRebaseline: ({ to, view }) => document(node.rebaseline.plan(to, fromView(view))),
    applyRebaseline: ({ to, plan }) => document(node.rebaseline.apply(to, plan)),
  });
}

/** A field that is empty on the wire was left out. */
function fromView(view: InventoryView | undefined): ViewQuery {
  const { period = "", asOf = "" } = view ?? {};
  return { ...(period === "" ? {} : { period }), ...(asOf === "" ? {} : { asOf }) };
}

/** What is not JSON is no policy and no mapping either: their own checks say so. */
function parseDocument(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // refused by the document's schema, with its code
  }
}

const ACTIONS = ["close", "reopen", "restate"] as const;

/** @throws PERIOD_STATE */
function parseAction(action: string): PeriodRequest["action"] {
  const known = ACTIONS.find((name) => name === action);
  if (known === undefined) throw closingError("PERIOD_STATE", { period: "", state: "", action: action.slice(0, 40) });
  return known;
}
