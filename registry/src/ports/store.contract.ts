import { isTallyError, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endOfPrefix, type KeyRange, type Store, type WriteOp } from "./store.ts";

const put = (key: string, value: string): WriteOp => ({ type: "put", key, value: utf8Encode(value) });
const del = (key: string): WriteOp => ({ type: "del", key });

async function collect(store: Store, range: KeyRange): Promise<[string, string][]> {
  const out: [string, string][] = [];
  for await (const [key, value] of store.entries(range)) out.push([key, new TextDecoder().decode(value)]);
  return out;
}

const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

/** What every Store must do. `open` gives an empty store each time; the contract closes it. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} is a Store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await store.close();
    });

    it("gives back what was put, and undefined for what was not", async () => {
      await store.write([put("a", "1"), { type: "put", key: "empty", value: new Uint8Array() }]);
      expect(text(await store.get("a"))).toBe("1");
      expect(await store.get("empty")).toStrictEqual(new Uint8Array());
      expect(await store.get("b")).toBeUndefined();
      expect((await store.getMany(["b", "a", "a"])).map(text)).toEqual([undefined, "1", "1"]);
      expect(await store.getMany([])).toEqual([]);
    });

    it("lets the later of two operations on one key win", async () => {
      await store.write([put("a", "1"), put("a", "2"), put("b", "1"), del("b")], { sync: true });
      expect(await collect(store, {})).toEqual([["a", "2"]]);
    });

    it("deletes what is there and ignores what is not", async () => {
      await store.write([put("a", "1")]);
      await store.write([del("a"), del("never")]);
      expect(await collect(store, {})).toEqual([]);
    });

    it("keeps a copy of a value and gives a copy out", async () => {
      const value = utf8Encode("given");
      await store.write([{ type: "put", key: "a", value }]);
      value.fill(0);
      (await store.get("a"))?.fill(0);
      expect(text(await store.get("a"))).toBe("given");
    });

    it("walks a range in ASCII order, either way, up to a limit", async () => {
      await store.write(["b/2", "a", "b/10", "b", "c", "B"].map((key) => put(key, key)));
      const keys = async (range: KeyRange) => (await collect(store, range)).map(([key]) => key);
      expect(await keys({})).toEqual(["B", "a", "b", "b/10", "b/2", "c"]);
      expect(await keys({ gte: "b/", lt: endOfPrefix("b/") })).toEqual(["b/10", "b/2"]);
      expect(await keys({ lt: "b" })).toEqual(["B", "a"]);
      expect(await keys({ gte: "b", limit: 2 })).toEqual(["b", "b/10"]);
      expect(await keys({ lt: "c", reverse: true, limit: 2 })).toEqual(["b/2", "b/10"]);
      expect(await keys({ gte: "d" })).toEqual([]);
    });

    it("iterates over the entries as they were at the start", async () => {
      await store.write([put("a", "1"), put("b", "1")]);
      const seen: [string, string | undefined][] = [];
      for await (const [key, value] of store.entries({})) {
        await store.write([put("b", "2"), put("c", "2")]);
        seen.push([key, text(value)]);
      }
      expect(seen).toEqual([
        ["a", "1"],
        ["b", "1"],
      ]);
    });

    it("lets an iteration be left early", async () => {
      await store.write([put("a", "1"), put("b", "1")]);
      for await (const [key] of store.entries({})) {
        expect(key).toBe("a");
        break;
      }
    });

    it("writes nothing where the expectation does not hold: STORE_CONFLICT", async () => {
      await store.write([put("state", "1")], { expect: { key: "state", value: undefined } });
      const attempts = [undefined, utf8Encode("0"), utf8Encode("11"), new Uint8Array()];
      for (const value of attempts) {
        const attempt = store.write([put("state", "2"), put("other", "2")], { expect: { key: "state", value } });
        await expect(attempt).rejects.toMatchObject({ code: "STORE_CONFLICT", details: { key: "state" } });
      }
      expect(await collect(store, {})).toEqual([["state", "1"]]);
      await store.write([put("state", "2")], { sync: true, expect: { key: "state", value: utf8Encode("1") } });
      expect(text(await store.get("state"))).toBe("2");
    });

    it("lets exactly one of many concurrent compare-and-swaps through", async () => {
      const attempts = Array.from({ length: 8 }, (_, n) =>
        store.write([put("state", `${n}`)], { expect: { key: "state", value: undefined } }),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect(isTallyError(outcome.reason, "STORE_CONFLICT")).toBe(true);
      }
    });

    it("refuses every use after close: STORE_CLOSED", async () => {
      await store.write([put("a", "1")]);
      await store.close();
      await store.close();
      await expect(store.get("a")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(store.getMany(["a"])).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(store.write([put("a", "2")])).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(collect(store, {})).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });

    it("refuses keys that would sort differently elsewhere", async () => {
      for (const key of ["", "a b", "é", "\n", "\u007f"]) {
        await expect(store.write([put(key, "1")])).rejects.toBeInstanceOf(TypeError);
      }
    });

    it("holds what a plain map would hold after any writes", async () => {
      const key = fc.constantFrom("a", "a/1", "b", "c/0", "c/00", "z");
      const op = fc.oneof(
        fc.record({ type: fc.constant("put" as const), key, value: fc.uint8Array({ maxLength: 40 }) }),
        fc.record({ type: fc.constant("del" as const), key }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(op, { maxLength: 5 }), { maxLength: 5 }), async (batches) => {
          const model = new Map<string, Uint8Array>();
          const clear: WriteOp[] = [];
          for await (const [stale] of store.entries({})) clear.push(del(stale));
          await store.write(clear);
          for (const batch of batches) {
            await store.write(batch);
            for (const each of batch) {
              if (each.type === "put") model.set(each.key, each.value);
              else model.delete(each.key);
            }
          }
          const found: [string, Uint8Array][] = [];
          for await (const entry of store.entries({})) found.push(entry);
          expect(found).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
        }),
        { numRuns: 25 },
      );
    });
  });
}
