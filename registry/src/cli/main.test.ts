import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePorts, scratch } from "../app/network.fixture.ts";
import { serveRegistry } from "../app/run-registry.ts";
import { serveWitness } from "../app/run-witness.ts";
import { firstEvent, signEvent } from "../core/registry.fixture.ts";
import { parseTrust } from "../core/trust.ts";
import { run } from "./run.fixture.ts";

const folder = await scratch();
const at = (...names: string[]): string => join(folder.path, ...names);
const [witnessPort = 0, grpcPort = 0, httpPort = 0] = await freePorts(3);

afterAll(() => folder.remove());

const REGISTRY = ["--home", at("registry")];

describe("the operator's guide", () => {
  beforeAll(async () => {
    await mkdir(at("anna"));
    const request = { v: 1, event: signEvent(firstEvent("anna"), "anna attest 1") };
    await writeFile(at("anna", "join-request.json"), JSON.stringify(request));
  });

  it("starts a registry and a witness", async () => {
    const port = ["--port", `${witnessPort}`];
    expect((await run("witness", "init", "--home", at("witness"), "--name", "witness.example", ...port)).code).toBe(0);
    const ports = ["--port", `${grpcPort}`, "--http-port", `${httpPort}`];
    const witness = at("witness", "witness.json");
    const made = await run("init", ...REGISTRY, "--name", "Demo consortium", "--witness", witness, ...ports);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain("2 of 3 maintainers approve a change; 1 witness\n");
    const { witnesses } = parseTrust(JSON.parse(await readFile(at("registry", "network.json"), "utf8")));
    expect(witnesses.map(({ name }) => name)).toEqual(["witness.example"]);
  });

  it("publishes the contract and the starter factors, and admits a member, served or not", async () => {
    expect((await run("contracts", "add", ...REGISTRY)).out).toContain("entry 0");
    const trust = parseTrust(JSON.parse(await readFile(at("registry", "network.json"), "utf8")));
    const witness = await serveWitness(at("witness"), trust, () => {});
    const registry = await serveRegistry(at("registry"));
    try {
      const imported = await vi.waitFor(async () => {
        const result = await run("factors", "import", ...REGISTRY, "--starter");
        expect(result).toMatchObject({ code: 0, err: "" });
        return result;
      }, 10_000);
      expect(imported.out.split("\n").filter((line) => line.startsWith("published"))).toHaveLength(3);
      expect((await run("factors", "import", ...REGISTRY, "--starter")).out).toBe(imported.out);
      const admitted = await run("admit", at("anna", "join-request.json"), ...REGISTRY);
      expect(admitted).toMatchObject({ code: 0, out: "anna (did:web:anna.example) is member by entry 1\n" });
      const status = await vi.waitFor(async () => {
        const { out } = await run("status", ...REGISTRY);
        expect(out.match(/cosigned by witness\.example/g)).toHaveLength(4);
        return out;
      }, 10_000);
      expect(status).toContain("Demo consortium: being served");
      expect(status).toContain("weak-witnessing");
      expect(status).toContain("member anna (did:web:anna.example), full");
    } finally {
      await registry.close();
      await witness.close();
    }
    const { out } = await run("status", ...REGISTRY, "--json");
    expect(JSON.parse(out)).toMatchObject({ served: false, members: [{ did: "did:web:anna.example" }] });
  });
});

describe("a failure", () => {
  it("says what, why and what to do, and exits 1", async () => {
    const { code, out, err } = await run("status", "--home", at("nowhere"));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("error REGISTRY_HOME_INVALID\n");
    expect(err).toContain("there is no such file");
    expect(err).toContain("tally-registry init");
  });

  it("is one JSON document with --json", async () => {
    const { code, out, err } = await run("init", ...REGISTRY, "--name", "again", "--json");
    expect([code, out]).toEqual([1, ""]);
    expect(JSON.parse(err)).toEqual({ error: { code: "REGISTRY_HOME_EXISTS", details: { path: at("registry") } } });
  });

  it.each([
    ["not JSON", "{"],
    ["no description", "{}"],
  ])("names a witness's file that is %s", async (_what, text) => {
    await writeFile(at("witness.json"), text);
    const { code, err } = await run("init", "--home", at("other"), "--name", "x", "--witness", at("witness.json"));
    expect([code, err.split("\n")[0]]).toEqual([1, "error REGISTRY_HOME_INVALID"]);
  });
});

describe("wrong usage", () => {
  it.each([
    ["no command", []],
    ["an unknown command", ["bogus"]],
    ["a missing name", ["init", ...REGISTRY]],
    ["a port that is none", ["init", ...REGISTRY, "--name", "x", "--port", "http"]],
    ["no source of factors", ["factors", "import", ...REGISTRY]],
    ["two sources of factors", ["factors", "import", ...REGISTRY, "--starter", "x.csv"]],
    ["a format that is none", ["factors", "import", ...REGISTRY, "--format", "excel", "x.csv"]],
    ["a note without a reason", ["factors", "import", ...REGISTRY, "x.csv", "--change-note", "x"]],
    ["a path for a version", ["factors", "approve", ...REGISTRY, "../x@1.0.0"]],
    ["a path behind a version", ["factors", "discard", ...REGISTRY, "x@1.0.0/.."]],
    ["a release without a reason", ["factors", "approve", ...REGISTRY, "x@1.0.0", "--release-all"]],
    ["a reason without a release", ["factors", "approve", ...REGISTRY, "x@1.0.0", "--reason", "x"]],
    [
      "two releases",
      ["factors", "approve", ...REGISTRY, "x@1.0.0", "--release", "a", "--release-all", "--reason", "x"],
    ],
    ["an unknown reason", ["factors", "withdraw", ...REGISTRY, "x@1.0.0", "--reason", "whim", "--note", "x"]],
    ["a withdrawal without a note", ["factors", "withdraw", ...REGISTRY, "x@1.0.0", "--reason", "error"]],
    ["an export to nowhere", ["factors", "export", ...REGISTRY, "x@1.0.0"]],
    ["a signature without a key", ["factors", "sign", "x"]],
  ])("exits 2: %s", async (_what, args) => {
    expect(await run(...args)).toMatchObject({ code: 2, out: "" });
  });

  it("is not asking for help", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    expect(out).toContain("Exit codes: 0 done, 1 failed");
  });
});
