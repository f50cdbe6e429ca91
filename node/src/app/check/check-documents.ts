import { parseLedgerLine } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import type { SoundRecords, StoreCheck } from "@tallystick/registry";
import { reportingPolicySchema } from "../../core/closing/reporting-policy.ts";
import { inventoryPolicySchema } from "../../core/inventory/inventory-policy.ts";
import { policyVersionSchema } from "../../core/inventory/policy-history.ts";
import { ledgerVersionSchema } from "../../core/ledger/ledger-version.ts";
import { checkingPolicySchema } from "../../core/policy/checking-policy.ts";
import { Agreements } from "../agreements.ts";
import { keys, readRecord, readStored, records, under } from "../node-records.ts";
import { PeriodStore } from "../period-store.ts";

const DOES_NOT_START = "the node does not start";

/** Checks the records that are read one by one: agreements, policies, the ledger's history, periods and their reports. */
export async function checkDocuments(store: SoundRecords, check: StoreCheck): Promise<void> {
  const refuse = (where: string, error: unknown): void => {
    if (!isTallyError(error)) throw error;
    check.find(where, `is not what belongs there: ${error.message}`, DOES_NOT_START, "restore");
  };
  const each = async (prefix: string, read: (key: string, value: Uint8Array) => unknown): Promise<void> => {
    for await (const [key, value] of store.entries(under(prefix))) {
      try {
        read(key, value);
      } catch (error) {
        refuse(key, error);
      }
    }
  };
  await each(keys.sales, (key, value) => readRecord(records.agreement, key, value));
  await each(keys.purchases, (key, value) => readRecord(records.agreement, key, value));
  await each("agreement/offer/", (key, value) => readRecord(records.offer, key, value));
  await Agreements.open(store).catch((error: unknown) => refuse("agreement/", error));
  await each(keys.undatedLines, (key, value) =>
    readStored(key, () => parseLedgerLine(JSON.parse(new TextDecoder().decode(value)))),
  );
  const inventory = policyVersionSchema(inventoryPolicySchema);
  const reporting = policyVersionSchema(reportingPolicySchema);
  for (const [prefix, schema] of [
    [keys.ledgerVersions, ledgerVersionSchema],
    [keys.policies("inventory"), inventory],
    [keys.policies("reporting"), reporting],
    [keys.policies("checking"), policyVersionSchema(checkingPolicySchema)],
  ] as const) {
    let next = 0;
    await each(prefix, (key, value) => {
      const { sequence } = readRecord<{ readonly sequence: number }>(schema, key, value);
      if (sequence !== next)
        check.find(key, `is number ${sequence}, not ${next}: others are missing`, DOES_NOT_START, "restore");
      next = sequence + 1;
    });
  }
  await checkPeriods(new PeriodStore(store), refuse);
}

async function checkPeriods(periods: PeriodStore, refuse: (where: string, error: unknown) => void): Promise<void> {
  try {
    for (const { done } of await periods.records()) {
      for (const { statement } of done) {
        if (statement.action === "close") await periods.report(statement.report);
      }
    }
  } catch (error) {
    refuse(keys.periods, error);
  }
}
