import { openMemoryStore } from "@tallystick/registry";
import { beforeEach, describe, expect, it } from "vitest";
import { AccessLog } from "./access-log.ts";

const store = () => openMemoryStore();
const members = new Map([
  ["k1", { did: "did:web:a.example", suspended: false }],
  ["k2", { did: "did:web:b.example", suspended: true }],
]);
let now = 0;
const open = (of: ReturnType<typeof store>): Promise<AccessLog> =>
  AccessLog.open({ store: of, now: () => now, memberOf: (key) => members.get(key) });

describe("the access log [ROAD-3]", () => {
  beforeEach(() => {
    now = 1_700_000_000;
  });

  it("says who came by which road for what, and why not; the same within a minute is counted", async () => {
    const log = await open(store());
    for (let i = 0; i < 3; i++) log.note({ road: "tls", publicKey: "k1", method: "s/Get" });
    log.note({ road: "libp2p", publicKey: "k2", refused: "NOT_ADMITTED" });
    log.note({ road: "local", method: "s/Get" });
    now += 61;
    log.note({ road: "tls", publicKey: "k1", method: "s/Get" });
    const { entries } = await log.read();
    const at = "2023-11-14T22:13:20Z";
    const later = "2023-11-14T22:14:21Z";
    expect(entries).toEqual([
      { first: later, last: later, count: 1, road: "tls", publicKey: "k1", did: "did:web:a.example", method: "s/Get" },
      {
        first: at,
        last: at,
        count: 1,
        road: "libp2p",
        publicKey: "k2",
        did: "did:web:b.example",
        refused: "MEMBER_SUSPENDED",
      },
      { first: at, last: at, count: 3, road: "tls", publicKey: "k1", did: "did:web:a.example", method: "s/Get" },
    ]);
    expect((await log.read({ refused: true })).entries).toHaveLength(1);
    expect((await log.read({ did: "did:web:a.example", limit: 1 })).entries).toHaveLength(1);
  });

  it("outlives a restart", async () => {
    const disk = store();
    const first = await open(disk);
    first.note({ road: "tls", publicKey: "k1", method: "s/Get" });
    await first.flush();
    const second = await open(disk);
    second.note({ road: "tls", publicKey: "k1", method: "s/Other" });
    expect((await second.read()).entries.map(({ method }) => method)).toEqual(["s/Other", "s/Get"]);
  });

  it("is bounded, and strangers do not push out what members did", async () => {
    const log = await open(store());
    log.note({ road: "tls", publicKey: "k1", method: "s/Get" });
    for (let i = 0; i < 1_000; i++) log.note({ road: "tls", publicKey: `stranger ${i}`, refused: "NOT_ADMITTED" });
    expect((await log.read()).held).toBe(1 + 16 + 1);
    for (let i = 0; i < 21_000; i++) log.note({ road: "tls", publicKey: "k1", method: `s/${i}` });
    const { held, entries } = await log.read({ limit: 1 });
    expect(held).toBe(20_000);
    expect(entries[0]?.method).toBe("s/20999");
  });
});
