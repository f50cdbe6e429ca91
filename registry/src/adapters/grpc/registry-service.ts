import { utf8Encode } from "@tallystick/proto";
import { RegistryService } from "@tallystick/proto/wire";
import { requireRowReader } from "../../core/row-access.ts";
import { registryError } from "../../errors.ts";
import type { RegistryServer } from "../../server/registry-server.ts";
import { type BoundService, bindService } from "./connection-server.ts";

/**
 * The registry beside its FeedService. Anyone may read, but for rows that a licence keeps to members; a change is authorised by the approvals
 * it carries. Rows are stored for the operator alone, before any change says that they are wanted.
 *
 * @param operatorKey transport key (base64url) of the registry's own processes
 * @param backup the store as it is when it is asked for
 */
export function makeRegistryService(
  server: RegistryServer,
  operatorKey: string,
  backup: (withKeys: boolean) => AsyncIterable<Uint8Array>,
): BoundService<string> {
  return bindService(RegistryService, {
    submitChange: async ({ origin, change }) => {
      const { index, checkpoint } = await server.submitChange(origin, change);
      return { index: BigInt(index), checkpoint: utf8Encode(checkpoint) };
    },
    streamRows: async function* ({ rowsRoot }, { peer }) {
      if (peer !== operatorKey) requireRowReader(server.state, rowsRoot, peer);
      for await (const { firstIndex, rows } of server.rows.read(rowsRoot))
        yield { firstIndex: BigInt(firstIndex), rows };
    },
    stageRows: async (requests, { peer }) => {
      if (peer !== operatorKey) throw registryError("OPERATOR_ONLY", { call: "StageRows" });
      const { rowsRoot, rowCount } = await server.rows.stage(eachRow(requests));
      return { rowsRoot, rowCount: BigInt(rowCount) };
    },
    backupRegistry: async function* ({ withKeys }, { peer }) {
      if (peer !== operatorKey) throw registryError("OPERATOR_ONLY", { call: "BackupRegistry" });
      for await (const chunk of backup(withKeys)) yield { chunk };
    },
  });
}

async function* eachRow(requests: AsyncIterable<{ readonly rows: readonly Uint8Array[] }>): AsyncGenerator<Uint8Array> {
  for await (const { rows } of requests) yield* rows;
}
