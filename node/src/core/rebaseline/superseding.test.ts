import { describe, expect, it } from "vitest";
import { type PublishedSet, successorOf } from "./superseding.ts";

const set = (version: string, supersedes?: string, withdrawn?: string): PublishedSet => ({
  document: { id: "grid", version, ...(supersedes === undefined ? {} : { supersedes }) },
  ...(withdrawn === undefined ? {} : { withdrawn }),
});
const IN_USE = { id: "grid", version: "1" };

describe("successorOf", () => {
  it.each<[string, readonly PublishedSet[], string | undefined]>([
    ["the version that supersedes the one in use", [set("1"), set("2", "1")], "2"],
    ["through others", [set("3", "2"), set("1"), set("2", "1")], "3"],
    ["none where nothing supersedes it", [set("1"), set("2")], undefined],
    ["none that was withdrawn", [set("1"), set("2", "1", "wrong")], undefined],
    ["what supersedes a withdrawn one", [set("1"), set("2", "1", "wrong"), set("3", "2")], "3"],
    ["none where two claim the place", [set("1"), set("2a", "1"), set("2b", "1")], undefined],
    ["up to where two claim the place", [set("1"), set("2", "1"), set("3a", "2"), set("3b", "2")], "2"],
    ["no further than round a circle", [set("1", "2"), set("2", "1")], "2"],
    ["none of another set", [set("1"), { document: { id: "other", version: "2", supersedes: "1" } }], undefined],
  ])("is %s", (_what, published, expected) => {
    expect(successorOf(IN_USE, published)?.version).toBe(expected);
    expect(successorOf(IN_USE, published.toReversed())?.version).toBe(expected);
  });
});
