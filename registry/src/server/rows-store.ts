import {
  appendLeafHash,
  decodeUtf8,
  EMPTY_FRONTIER,
  encodeBase64,
  encodeHex,
  type Frontier,
  hashLeaf,
  isTallyError,
  parseCanonicalJson,
  rootOf,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";
import { endOfPrefix, type Store } from "../ports/store.ts";

/** Most rows of a set, most bytes of one, and of all together: they are held in memory until their root is known. */
const MAX_ROWS = 100_000;
const MAX_ROW_BYTES = 16_384;
const MAX_SET_BYTES = 64 * 1024 * 1024;
const ROWS_PER_READ = 256;

const rowKey = (rootHex: string, index: number): string => `rows/${rootHex}/${String(index).padStart(12, "0")}`;

/** The rows of factor sets, kept by the root that the factors log names. */
export class RowsStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Stores rows under their own root. @throws ROWS_INVALID; nothing is stored then */
  async stage(rows: AsyncIterable<Uint8Array>): Promise<{ readonly rowsRoot: Uint8Array; readonly rowCount: number }> {
    const staged: Uint8Array[] = [];
    let sizeBytes = 0;
    let frontier: Frontier = EMPTY_FRONTIER;
    for await (const row of rows) {
      if (staged.length >= MAX_ROWS) throw registryError("ROWS_INVALID", { reason: `more than ${MAX_ROWS} rows` });
      requireRow(row, staged.length);
      sizeBytes += row.length;
      if (sizeBytes > MAX_SET_BYTES)
        throw registryError("ROWS_INVALID", { reason: `more than ${MAX_SET_BYTES} bytes` });
      staged.push(row);
      frontier = appendLeafHash(frontier, hashLeaf(row));
    }
    if (staged.length === 0) throw registryError("ROWS_INVALID", { reason: "no rows" });
    const rowsRoot = rootOf(frontier);
    const rootHex = encodeHex(rowsRoot);
    await this.#store.write(
      staged.map((value, index) => ({ type: "put", key: rowKey(rootHex, index), value })),
      { sync: true },
    );
    return { rowsRoot, rowCount: staged.length };
  }

  /** True if exactly so many rows are stored under the root. */
  async has(rowsRoot: Uint8Array, rowCount: number): Promise<boolean> {
    const rootHex = encodeHex(rowsRoot);
    const [last, beyond] = await this.#store.getMany([rowKey(rootHex, rowCount - 1), rowKey(rootHex, rowCount)]);
    return last !== undefined && beyond === undefined;
  }

  /** Rows in order, some at a time. @throws ROWS_UNKNOWN */
  async *read(rowsRoot: Uint8Array): AsyncGenerator<{ readonly firstIndex: number; readonly rows: Uint8Array[] }> {
    const prefix = `rows/${encodeHex(rowsRoot)}/`;
    let firstIndex = 0;
    let rows: Uint8Array[] = [];
    for await (const [, row] of this.#store.entries({ gte: prefix, lt: endOfPrefix(prefix) })) {
      rows.push(row);
      if (rows.length < ROWS_PER_READ) continue;
      yield { firstIndex, rows };
      firstIndex += rows.length;
      rows = [];
    }
    if (rows.length > 0) yield { firstIndex, rows };
    else if (firstIndex === 0) throw registryError("ROWS_UNKNOWN", { rowsRoot: encodeBase64(rowsRoot) });
  }
}

function requireRow(row: Uint8Array, index: number): void {
  if (row.length > MAX_ROW_BYTES) throw registryError("ROWS_INVALID", { reason: `row ${index} is too long` });
  try {
    parseCanonicalJson(decodeUtf8(row));
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw registryError("ROWS_INVALID", { reason: `row ${index} is not canonical JSON` }, { cause });
  }
}
