import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  admitPublicKey,
  decodeHex,
  encodeHex,
  makeVerifierKey,
  parseNote,
  parseVerifierKey,
  privateKeyFromSeed,
  sha256,
  type VerifierKey,
  verifyCosignature,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { WitnessService } from "./witness.ts";

// The scripts by which FiloSottile/torchwood tests its own witness: requests, statuses, and what the bodies hold.
const folder = new URL("../../../../shared/data/vectors/torchwood/cmd/litewitness/testdata/", import.meta.url);

interface Exchange {
  readonly body: string;
  readonly status: number;
  readonly contains: string | undefined;
  readonly equals: string | undefined;
}

interface Script {
  readonly exchanges: readonly Exchange[];
  readonly witnessKeyPem: string;
  /** From `exec witnessctl add-sigsum-log -key=...` or `add-key -origin ... -key ...`. */
  readonly logs: ReadonlyMap<string, VerifierKey>;
  /** Sizes that `witnessctl list-logs` must print at the end. */
  readonly finalSize: number;
}

function parseScript(text: string): Script {
  const [commands = "", ...parts] = text.split(/^-- (?=.* --$)/m);
  const files = new Map(
    parts.map((part) => {
      const [name = "", ...lines] = part.split("\n");
      return [name.replace(/ --$/, ""), lines.join("\n")];
    }),
  );
  const requests = (files.get("add-checkpoint.hurl") ?? "").split(/^POST /m).slice(1);
  return {
    exchanges: requests.map(parseExchange),
    witnessKeyPem: files.get("witness_key.pem") ?? "",
    logs: new Map([...sigsumLogs(commands), ...otherLogs(commands)]),
    finalSize: Number(/^stdout ["']"size":(\d+)/m.exec(commands)?.[1] ?? /"size":(\d+)/.exec(commands)?.[1]),
  };
}

function parseExchange(request: string): Exchange {
  const [, body = "", rest = ""] = /```\n([\s\S]*?)```\n([\s\S]*)/.exec(request) ?? [];
  const asserted = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest)?.[1];
    return found === undefined ? undefined : (JSON.parse(found) as string);
  };
  return {
    body,
    status: Number(/^HTTP (\d+)/.exec(rest)?.[1]),
    contains: asserted(/^body contains (".*")$/m),
    equals: asserted(/^body == (".*")$/m),
  };
}

/** A Sigsum log's origin and key name derive from its key. */
function sigsumLogs(commands: string): [string, VerifierKey][] {
  return [...commands.matchAll(/add-sigsum-log -key=([0-9a-f]{64})/g)].map(([, hex = ""]) => {
    const key = decodeHex(hex);
    const origin = `sigsum.org/v1/tree/${encodeHex(sha256(key))}`;
    return [origin, makeVerifierKey(origin, "ed25519", admitPublicKey(key))];
  });
}

function otherLogs(commands: string): [string, VerifierKey][] {
  return [...commands.matchAll(/add-key -origin '([^']+)' -key (\S+)/g)].map(([, origin = "", vkey = ""]) => [
    origin,
    parseVerifierKey(vkey),
  ]);
}

/** The seed of an unencrypted OpenSSH Ed25519 key: the first half of the 64 bytes before its (empty) comment. */
function seedOf(pem: string): Uint8Array {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const at = der.lastIndexOf(Buffer.from([0, 0, 0, 64]));
  return new Uint8Array(der.subarray(at + 4, at + 36));
}

const scripts = ["litewitness.txt", "sumdb.txt", "bastion.txt"];
const isThere = existsSync(folder);
if (!isThere) console.warn(`SKIPPED: the torchwood scripts are not at ${fileURLToPath(folder)}`);

describe.skipIf(!isThere)("the witness answers torchwood's scripts [WIT-1]", () => {
  // bastion.txt tests the road (litebastion, TLS, ssh-agent) by one request; the road is not ours, the request is.
  it.each(scripts)("%s", async (file) => {
    const script = parseScript(readFileSync(new URL(file, folder), "utf8"));
    const witness = new WitnessService({
      name: "example.com/witness",
      key: privateKeyFromSeed(seedOf(script.witnessKeyPem)),
      store: openMemoryStore(),
      prefix: "witness",
      keysOf: (origin) => [script.logs.get(origin)].filter((key) => key !== undefined),
      now: () => 1_700_000_000,
    });
    expect(script.exchanges.length).toBeGreaterThan(0);
    for (const { body, status, contains, equals } of script.exchanges) {
      const answer = await witness.addCheckpoint(body);
      // The specification has said 404 for an unknown origin since v1.0.0; the script is from before.
      const isUnknownLog = contains === "unknown log";
      expect(answer.status).toBe(isUnknownLog ? 404 : status);
      if (contains !== undefined) expect(answer.body).toContain(contains);
      if (equals !== undefined) expect(answer.body).toBe(equals);
      expect(answer.contentType === "text/x.tlog.size").toBe(status === 409);
      if (status === 200) {
        const note = parseNote(`${body.slice(body.indexOf("\n\n") + 2)}${answer.body}`);
        expect(verifyCosignature(note, witness.verifierKey).timeUnix).toBe(1_700_000_000);
      }
    }
    const [origin = ""] = [...script.logs.keys()];
    expect((await witness.held(origin))?.treeSize).toBe(script.finalSize);
  });

  it("has the requests that it promises: an acceptance of a real log, conflicts and bad proofs", () => {
    const statuses = scripts.flatMap((file) =>
      parseScript(readFileSync(new URL(file, folder), "utf8")).exchanges.map(({ status }) => status),
    );
    expect(statuses).toEqual([200, 403, 403, 422, 422, 200, 409, 200, 409, 200, 200]);
  });
});
