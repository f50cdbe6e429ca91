import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  cosign,
  cosignAsync,
  EMPTY_ROOT,
  encodeBase64,
  encodeBase64url,
  type PrivateKey,
  privateKeyFromSeed,
  type Signer,
  sha256,
  signCheckpoint,
  signCheckpointAsync,
  signJws,
  signJwsAsync,
  utf8Encode,
} from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAX_FRAME_BYTES, readFrames } from "./agent-frames.ts";
import { openKeySigner } from "./agent-signer.ts";
import { fitsUse } from "./fits-use.ts";
import { planHandOver } from "./hand-over.ts";
import { formatAgentKeyFile, openKeyFile, writeKeyFile } from "./key-file.ts";
import { KeySecrets, noSecrets, Sealer } from "./sealing.ts";
import { passphrase } from "./secret-sources.ts";
import { agentSocketOf, SigningAgent } from "./signing-agent.ts";

const USES = ["attest", "checkpoint", "witness"] as const;
const seedOf = (use: string): Uint8Array => sha256(utf8Encode(`agent ${use}`));
const keyOf = (use: string): PrivateKey => privateKeyFromSeed(seedOf(use));
const rawKey = (use: string): string => encodeBase64url(keyOf(use).publicKey.bytes);
const CHECKPOINT = { origin: "log.example/feed", treeSize: 0, rootHash: EMPTY_ROOT };
const NOTE = `log.example/feed\n0\n${encodeBase64(EMPTY_ROOT)}\n`;

let home: string;
let folder: string;
const open: SigningAgent[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tally-home-"));
  folder = await mkdtemp(join(tmpdir(), "tally-agent-"));
});
afterEach(async () => {
  for (const agent of open.splice(0)) await agent.close();
  await rm(home, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

async function startAgent(secrets = noSecrets()): Promise<SigningAgent> {
  const agent = await SigningAgent.open({ folder, secrets });
  open.push(agent);
  return agent;
}

async function fillFolder(): Promise<void> {
  for (const use of USES) await writeKeyFile(join(folder, `${use}.json`), use, seedOf(use));
}

/** What signs for a key whose file in the home names the agent. */
async function signerOf(use: string, key = rawKey(use)): Promise<Signer> {
  const path = join(home, `${use}.json`);
  await writeFile(path, formatAgentKeyFile(use, key, agentSocketOf(folder)));
  return openKeySigner(path, { use });
}

const refusal = (code: string, reason: RegExp) =>
  expect.objectContaining({ code, details: expect.objectContaining({ reason: expect.stringMatching(reason) }) });

describe("a signing agent", () => {
  it("signs what the keys in its folder sign, to the byte", async () => {
    await fillFolder();
    await startAgent();
    const [attest, checkpoint, witness] = [
      await signerOf("attest"),
      await signerOf("checkpoint"),
      await signerOf("witness"),
    ];
    const payload = { text: "ä".repeat(30_000) };
    expect(await signJwsAsync("x+jws", "a", payload, attest)).toBe(signJws("x+jws", "a", payload, keyOf("attest")));
    expect(await signCheckpointAsync(CHECKPOINT, checkpoint)).toBe(signCheckpoint(CHECKPOINT, keyOf("checkpoint")));
    const lines = await Promise.all([1, 2, 3].map((time) => cosignAsync(NOTE, time, "w.example", witness)));
    expect(lines).toEqual([1, 2, 3].map((time) => cosign(NOTE, time, "w.example", keyOf("witness"))));
  });

  it("opens sealed keys with their secret, and does not start without it", async () => {
    const words = passphrase("correct horse battery staple");
    const cost = { log2n: 14, r: 8, p: 1 };
    const sealer = await Sealer.create(words, (size) => new Uint8Array(size).fill(3), cost);
    await writeKeyFile(join(folder, "attest.json"), "attest", seedOf("attest"), sealer);
    await expect(startAgent()).rejects.toMatchObject({ code: "KEY_LOCKED" });
    await startAgent(new KeySecrets(async () => words));
    expect(encodeBase64url((await signerOf("attest")).publicKey.bytes)).toBe(rawKey("attest"));
  });

  it("makes a socket that its owner alone can open, in a folder that is its owner's alone", async () => {
    await fillFolder();
    const { socketPath, keys } = await startAgent();
    expect([(await stat(socketPath)).mode & 0o777, keys.map(({ use }) => use).sort()]).toEqual([0o600, [...USES]]);
    await chmod(folder, 0o755);
    await expect(SigningAgent.open({ folder, secrets: noSecrets() })).rejects.toMatchObject({
      code: "KEY_FILE_EXPOSED",
    });
    await chmod(folder, 0o700);
  });

  it("is alone at its socket, and takes over one that was left behind", async () => {
    await fillFolder();
    const first = await startAgent();
    await expect(startAgent()).rejects.toThrow(refusal("SIGNER_REFUSED", /another agent/));
    await first.close();
    await writeFile(agentSocketOf(folder), "");
    await startAgent();
    await signerOf("attest");
  });

  it("does not start without keys, or where a socket's path is too long", async () => {
    await expect(startAgent()).rejects.toThrow(refusal("SIGNER_REFUSED", /no key/));
    await fillFolder();
    const socketPath = join(folder, "x".repeat(100));
    await expect(SigningAgent.open({ folder, secrets: noSecrets(), socketPath })).rejects.toThrow(
      refusal("SIGNER_REFUSED", /longer/),
    );
  });

  it("refuses a key that it does not have, and a key for another use", async () => {
    await fillFolder();
    await startAgent();
    await expect(signerOf("attest", rawKey("next"))).rejects.toThrow(refusal("SIGNER_REFUSED", /no such key/));
    await expect(signerOf("witness", rawKey("attest"))).rejects.toThrow(
      refusal("SIGNER_REFUSED", /another use: attest/),
    );
  });

  it("refuses to sign with a key what keys for another use sign", async () => {
    await fillFolder();
    await startAgent();
    const jws = utf8Encode("eyJhIjoxfQ.e30");
    const cosigned = utf8Encode(`cosignature/v1\ntime 5\n${NOTE}`);
    const messages = { attest: jws, checkpoint: utf8Encode(NOTE), witness: cosigned };
    for (const use of USES) {
      const signer = await signerOf(use);
      for (const other of USES) {
        const signing = signer.sign(messages[other]);
        if (other === use) expect(await signing).toHaveLength(64);
        else await expect(signing).rejects.toThrow(refusal("SIGNER_REFUSED", /not what keys/));
      }
      await expect(signer.sign(Uint8Array.of(0xff, 0xfe))).rejects.toMatchObject({ code: "SIGNER_REFUSED" });
    }
  });

  it.each([
    ["no JSON", "x"],
    ["another version", JSON.stringify({ v: 2, id: 0, use: "attest", key: rawKey("attest"), message: "" })],
    ["a further member", JSON.stringify({ v: 1, id: 0, use: "attest", key: rawKey("attest"), message: "", more: 1 })],
    [
      "bytes in another spelling",
      JSON.stringify({ v: 1, id: 0, use: "attest", key: rawKey("attest"), message: "AB==" }),
    ],
    ["no bytes", JSON.stringify({ v: 1, id: -1, use: "attest", key: rawKey("attest"), message: "" })],
  ])("ends a connection that says %s, and goes on with the others", async (_what, text) => {
    await fillFolder();
    const { socketPath } = await startAgent();
    const signer = await signerOf("checkpoint");
    const frame = Buffer.concat([Buffer.alloc(4), Buffer.from(text)]);
    frame.writeUInt32BE(text.length);
    expect(await answersTo(socketPath, frame)).toEqual([]);
    expect(await signCheckpointAsync(CHECKPOINT, signer)).toContain("log.example/feed");
  });

  it("reads no frame that is longer than the longest request", async () => {
    await fillFolder();
    const { socketPath } = await startAgent();
    const head = Buffer.alloc(4);
    head.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(await answersTo(socketPath, head)).toEqual([]);
  });
});

describe("a key that an agent holds", () => {
  it("is unavailable while the agent is away, and signs again when it is back", async () => {
    await fillFolder();
    await expect(signerOf("checkpoint")).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    const first = await startAgent();
    const signer = await signerOf("checkpoint");
    await signer.ready();
    await first.close();
    for (let tries = 0; tries < 2; tries++) {
      await expect(signCheckpointAsync(CHECKPOINT, signer)).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
      await expect(signer.ready()).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    }
    await startAgent();
    await signer.ready();
    expect(await signCheckpointAsync(CHECKPOINT, signer)).toBe(signCheckpoint(CHECKPOINT, keyOf("checkpoint")));
  });

  it("is not to be had itself", async () => {
    await fillFolder();
    await startAgent();
    await signerOf("attest");
    await expect(openKeyFile(join(home, "attest.json"))).rejects.toMatchObject({ code: "KEY_WITH_AGENT" });
  });
});

describe("handing keys over", () => {
  const planFor = async () =>
    planHandOver({
      home,
      files: USES.map((use) => join(home, `${use}.json`)),
      to: join(folder, "keys"),
      socketPath: agentSocketOf(join(folder, "keys")),
    });

  it("leaves none behind, and done again after an interruption anywhere, it completes", async () => {
    for (let interrupted = 0; interrupted <= 2 * USES.length; interrupted++) {
      for (const use of USES) {
        await rm(join(home, `${use}.json`), { force: true });
        await writeKeyFile(join(home, `${use}.json`), use, seedOf(use));
      }
      await rm(join(folder, "keys"), { recursive: true, force: true });
      for (const { run } of (await planFor()).slice(0, interrupted)) await run();
      for (const { run } of await planFor()) await run();
      expect(await planFor()).toEqual([]);
      const left = await Promise.all((await readdir(home)).map((name) => readFile(join(home, name), "utf8")));
      for (const use of USES) expect(left.join()).not.toContain(encodeBase64url(seedOf(use)));
      const agent = await SigningAgent.open({ folder: join(folder, "keys"), secrets: noSecrets() });
      for (const use of USES) {
        const signer = await openKeySigner(join(home, `${use}.json`), { use });
        expect(encodeBase64url(signer.publicKey.bytes)).toBe(rawKey(use));
      }
      await agent.close();
    }
  });

  it("is refused into the folder that they come from", async () => {
    const plan = planHandOver({ home, files: [], to: join(home, "agent"), socketPath: join(home, "agent.sock") });
    await expect(plan).rejects.toThrow(refusal("SIGNER_REFUSED", /within/));
  });
});

describe("fitsUse", () => {
  it("lets nobody sign with a transport key or a next key", () => {
    for (const use of ["transport", "next"]) expect(fitsUse(use, utf8Encode("e30.e30"))).toBe(false);
    expect(fitsUse("maintainer-1", utf8Encode("e30.e30"))).toBe(true);
    expect(fitsUse("log-members", utf8Encode(NOTE))).toBe(true);
    expect(fitsUse("witness", utf8Encode("cosignature/v1\ntime 0\nx\n"))).toBe(false);
  });
});

/** What the agent answers until it ends the connection. */
async function answersTo(path: string, bytes: Uint8Array): Promise<string[]> {
  const socket = connect(path);
  socket.write(bytes);
  const answers: string[] = [];
  try {
    for await (const frame of readFrames(socket)) answers.push(frame);
  } catch (error) {
    expect(error).toMatchObject({ code: "ECONNRESET" });
  }
  return answers;
}
