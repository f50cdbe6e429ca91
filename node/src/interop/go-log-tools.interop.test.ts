import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { formatVerifierKey } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "../app/network.fixture.ts";

// A node's feed, read over HTTP by the verifiers of the Go checksum database (Debian: golang-go, golang-golang-x-mod-dev).

const SOURCE = new URL("../../../conformance/interop/verify-log/", import.meta.url).pathname;
const GO = { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "", GOTOOLCHAIN: "local" };
const run = promisify(execFile);

let folder: string;
let program: string;
let network: FixtureNetwork;
let supplier: FixtureNode;
let vkey: string;
let base: string;

/** Runs the Go program: what it printed, or what it refused. */
async function verifyLog(
  url: string,
  ...more: string[]
): Promise<{ found?: Record<string, unknown>; refused?: string }> {
  try {
    const { stdout } = await run(program, ["-url", url, "-vkey", vkey, ...more]);
    return { found: JSON.parse(stdout) };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    expect(code).toBe(1);
    return { refused: stderr };
  }
}

/** Serves what the node serves, with the bytes of some paths changed on the way. */
async function doctored(isChanged: (path: string) => boolean, change: (bytes: Buffer) => Buffer) {
  const server = createServer(async ({ url = "" }, response) => {
    const answer = await fetch(`http://127.0.0.1:${supplier.served.http}${url}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status).end(isChanged(url) ? change(bytes) : bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${supplier.origin}`,
    close: () => server.close(),
  };
}

const publish = (from: number, to: number): Promise<unknown> => {
  const products = Array.from({ length: to - from }, (_, i) => productOf("smelter", from + i, `${from + i + 1}`));
  return supplier.app.publish("products.json", fileOf(...products));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-interop-"));
  program = join(folder, "verify-log");
  await run("go", ["build", "-o", program, "."], { cwd: SOURCE, env: GO });
  network = await FixtureNetwork.create("smelter");
  supplier = await network.start("smelter");
  await publish(0, 300);
  base = `http://127.0.0.1:${supplier.served.http}/${supplier.origin}`;
  const member = network.registry.state.members.memberByOrigin(supplier.origin);
  if (member === undefined) throw new Error("no such member");
  vkey = formatVerifierKey(member.checkpointKey);
}, 120_000);

afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the Go checksum database's verifiers", () => {
  it("open our checkpoint and prove every entry into it, across tiles [LOG-1] [LOG-2] [LOG-6]", async () => {
    const { found } = await verifyLog(base);
    expect(found).toMatchObject({ origin: supplier.origin, size: 300, entries: 300 });
  });

  it("open it with its witness's cosignature", async () => {
    const note = await until(
      async () => (await fetch(`${base}/checkpoint`)).text(),
      (text) => text.includes("— witness.example "),
    );
    const [witness] = network.registry.trust.witnesses;
    expect(note).toContain("— witness.example ");
    const { found } = await verifyLog(base, "-witness", witness?.vkey ?? "");
    expect(found).toMatchObject({ cosignatures: ["witness.example"] });
  });

  it("prove that a later checkpoint extends an earlier one", async () => {
    const earlier = join(folder, "earlier.note");
    await writeFile(earlier, supplier.app.log.checkpoint());
    const extendsSize = supplier.app.log.size;
    await publish(300, 520);
    const { found } = await verifyLog(base, "-old", earlier);
    expect(found).toMatchObject({ size: 520, entries: 520, extendsSize });
  });

  it.each([
    ["an entry", (path: string) => path.includes("/tile/entries/")],
    ["a tile", (path: string) => path.includes("/tile/0/")],
    ["the checkpoint", (path: string) => path.endsWith("/checkpoint")],
  ])("refuse it where one bit of %s has changed", async (_, isChanged) => {
    const flipped = await doctored(isChanged, (bytes) => {
      const copy = Buffer.from(bytes);
      copy[40] = (copy[40] ?? 0) ^ 1;
      return copy;
    });
    const { found, refused } = await verifyLog(flipped.url);
    flipped.close();
    expect(found).toBeUndefined();
    expect(refused).toMatch(/^verify-log: /);
  });

  it("refuse a bundle that ends early", async () => {
    const cut = await doctored(
      (path) => path.includes("/tile/entries/"),
      (bytes) => bytes.subarray(0, bytes.length - 1),
    );
    const { refused } = await verifyLog(cut.url);
    cut.close();
    expect(refused).toContain("is cut off");
  });

  it("refuse a checkpoint of another log's key", async () => {
    const other = network.registry.trust.logs.members.vkey;
    await expect(run(program, ["-url", base, "-vkey", other])).rejects.toMatchObject({ code: 1 });
  });
});
