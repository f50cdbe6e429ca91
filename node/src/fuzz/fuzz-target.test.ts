import { protoError } from "@tallystick/proto";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, it } from "vitest";
import { fuzzTarget } from "./fuzz-target.ts";
import { mutate } from "./mutate.ts";
import { shareInputs } from "./share-inputs.ts";
import { bytesOf, jsonTarget, type Target, textTarget } from "./target.ts";
import { TARGETS } from "./targets/all.ts";

const refuse = (): never => {
  throw protoError("NOTE_MALFORMED", { reason: "odd" });
};

describe("every decoder", () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    "of the kind %s refuses with typed errors, and accepts one form",
    async (_, target) => {
      const { findings, inputs, accepted } = await fuzzTarget(target, 200, 7);
      expect(findings).toEqual([]);
      expect(inputs).toBe(200);
      expect(accepted).toBeGreaterThanOrEqual(target.seeds.length);
    },
  );

  it("has a name of its own", () => {
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
  });
});

describe("a fuzzed decoder", () => {
  it("that throws an error without a code is found", async () => {
    const target = textTarget("careless", ["abc"], (text) => {
      if (text !== "abc") throw new TypeError("cannot read properties");
    });
    const { findings } = await fuzzTarget(target, 100, 1);
    expect(findings[0]).toMatchObject({ target: "careless", problem: expect.stringContaining("TypeError") });
  });

  it("that accepts a second form of what it read is found", async () => {
    const target = textTarget("lenient", ["abc"], () => "abc");
    const { findings } = await fuzzTarget(target, 100, 1);
    expect(findings[0]?.problem).toBe("accepted what is not its own form");
    expect(Buffer.from(findings[0]?.input ?? "", "base64").toString()).not.toBe("abc");
  });

  it("that refuses what it should take is found", async () => {
    const { findings } = await fuzzTarget(textTarget("strict", ["abc"], refuse), 10, 1);
    expect(findings).toMatchObject([{ problem: "only 0 of 1 seeds are accepted" }]);
  });

  it("gets the same inputs from the same seed, and others from another", async () => {
    const run = async (seed: number): Promise<string[]> => {
      const seen: string[] = [];
      const target: Target = jsonTarget("seen", [{ a: [1, "x"] }], (value) => seen.push(JSON.stringify(value)));
      await fuzzTarget(target, 300, seed);
      return seen;
    };
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
    expect(new Set(await run(3)).size).toBeGreaterThan(100);
  });
});

describe("a mutation", () => {
  it("of a JSON value mostly stays one", () => {
    const random = xoroshiro128plus(5);
    const from = bytesOf('{"a":{"b":["1",2,null]},"c":"x"}');
    const isJson = (bytes: Uint8Array): boolean => {
      try {
        JSON.parse(new TextDecoder().decode(bytes));
        return true;
      } catch {
        return false;
      }
    };
    const made = Array.from({ length: 400 }, () => mutate("json", from, from, random));
    expect(made.filter(isJson).length).toBeGreaterThan(320);
  });

  it("leaves what it starts from as it was", () => {
    const random = xoroshiro128plus(6);
    const from = bytesOf("unchanged");
    for (let n = 0; n < 500; n++) mutate("bytes", from, from, random);
    expect(new TextDecoder().decode(from)).toBe("unchanged");
  });
});

describe("the share of a target", () => {
  it("is larger where an input is cheaper, and never nothing", () => {
    const of = (cost: number): Target => ({ name: "t", shape: "bytes", seeds: [], cost, decode: () => undefined });
    const [cheap = 0, dear = 0] = shareInputs([of(1), of(9)], 10_000);
    expect(cheap).toBe(9_000);
    expect(dear).toBe(1_000);
    expect(shareInputs([of(1), of(1e9)], 1_000)[1]).toBe(64);
  });
});
