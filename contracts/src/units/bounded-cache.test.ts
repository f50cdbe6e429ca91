import { expect, it } from "vitest";
import { BoundedCache } from "./bounded-cache.ts";

it("makes an entry once, keeps nothing that threw, and never holds more than 2,000", () => {
  const cache = new BoundedCache<number>();
  let made = 0;
  const count = () => ++made;
  expect([cache.get("a", count), cache.get("a", count)]).toEqual([1, 1]);
  const fail = () => {
    throw new RangeError("no");
  };
  expect(() => cache.get("b", fail)).toThrow("no");
  expect(cache.get("b", count)).toBe(2);
  for (let n = 0; n < 5_000; n++) {
    cache.get(`key ${n}`, count);
    expect(cache.size).toBeLessThanOrEqual(2_000);
  }
});
