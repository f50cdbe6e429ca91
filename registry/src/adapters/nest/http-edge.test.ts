import { parseEntryBundle, parseNote, privateKeyFromSeed } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLog } from "../../log/open-log.ts";
import type { TiledLog } from "../../log/tiled-log.ts";
import { openMemoryStore } from "../memory/memory-store.ts";
import { type HttpEdge, serveHttp } from "./http-edge.ts";

const origin = "smelter.example/feed";
let log: TiledLog;
let edge: HttpEdge;
const asked: string[] = [];
const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${edge.port}/${path}`);

beforeAll(async () => {
  const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
  log = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
  await log.guard([]);
  await log.append(Array.from({ length: 300 }, (_, i) => new TextEncoder().encode(`entry ${i}`)));
  edge = await serveHttp({
    host: "127.0.0.1",
    port: 0,
    logOf: (asked) => (asked === origin ? log : undefined),
    addCheckpoint: async (body) => {
      asked.push(body);
      return { status: 409, body: "7\n", contentType: "text/x.tlog.size" };
    },
  });
});
afterAll(() => edge.close());

describe("the C2SP paths", () => {
  it("serve the checkpoint, tiles and bundles, the same bytes as the log reads [LOG-6] [LOG-5]", async () => {
    expect(await (await get(`${origin}/checkpoint`)).text()).toBe(log.checkpoint());
    expect(parseNote(log.checkpoint()).text.split("\n")[1]).toBe("300");
    const tile = await get(`${origin}/tile/0/001.p/44`);
    expect(new Uint8Array(await tile.arrayBuffer())).toEqual(Uint8Array.from(await log.readTile(0, 1, 44)));
    expect(tile.headers.get("cache-control")).toContain("immutable");
    const bundle = new Uint8Array(await (await get(`${origin}/tile/entries/000`)).arrayBuffer());
    expect(parseEntryBundle(bundle, 256)).toHaveLength(256);
  });

  it.each([
    "checkpoint",
    "other.example/feed/checkpoint",
    `${origin}/tile/0/001.p/45`,
    `${origin}/tile/0/001`,
    `${origin}/tile/9/x`,
    `${origin}/tile/entries/..%2f..`,
    `${origin}/other`,
    "",
  ])("answer 404 for %j", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it("say that they are well", async () => {
    expect(await (await get("health")).json()).toEqual({ status: "ok" });
  });
});

describe("add-checkpoint", () => {
  const post = (body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${edge.port}/add-checkpoint`, { method: "POST", body });

  it("hands the body over as it came, and answers as the witness says [WIT-1]", async () => {
    const answer = await post("old 0\n\nx\n");
    expect(asked).toEqual(["old 0\n\nx\n"]);
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
      409,
      expect.stringContaining("text/x.tlog.size"),
      "7\n",
    ]);
  });

  it("refuses a body beyond the limit before anyone reads it", async () => {
    expect((await post("x".repeat(200_000))).status).toBe(413);
    expect(asked).toHaveLength(1);
  });
});
