import { utf8Encode } from "@tallystick/proto";
import { RegistryService } from "@tallystick/proto/wire";
import type { RegistryServer } from "../../server/registry-server.ts";
import { type BoundService, bindService } from "./serve-grpc.ts";

/** The registry beside its FeedService. Anyone may read; a change is authorised by the approvals it carries. */
export function makeRegistryService(server: RegistryServer): BoundService<string> {
  return bindService(RegistryService, {
    submitChange: async ({ origin, change }) => {
      const { index, checkpoint } = await server.submitChange(origin, change);
      return { index: BigInt(index), checkpoint: utf8Encode(checkpoint) };
    },
    streamRows: async function* ({ rowsRoot }) {
      for await (const { firstIndex, rows } of server.rows.read(rowsRoot))
        yield { firstIndex: BigInt(firstIndex), rows };
    },
    stageRows: async (requests) => {
      const { rowsRoot, rowCount } = await server.rows.stage(eachRow(requests));
      return { rowsRoot, rowCount: BigInt(rowCount) };
    },
  });
}

async function* eachRow(requests: AsyncIterable<{ readonly rows: readonly Uint8Array[] }>): AsyncGenerator<Uint8Array> {
  for await (const { rows } of requests) yield* rows;
}
