import { connect as connectTls } from "node:tls";
import { create, toBinary } from "@bufbuild/protobuf";
import { ChannelCredentials, Client, status } from "@grpc/grpc-js";
import { utf8Encode } from "@tallystick/proto";
import { ExchangeService, FeedService } from "@tallystick/proto/wire";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productId, productOf, until } from "../app/network.fixture.ts";
import { readNodeHome } from "../app/node-home.ts";
import { mutate } from "./mutate.ts";

// A member of the network, with a true transport key, sends a node whatever it likes. The node answers with typed errors, or cuts the
// connection, and serves the others as before.

const SEED = Number(process.env.FUZZ_SEED ?? 1);
const HTTP_REQUESTS = 4_000;
const GRPC_CALLS = 6_000;
const RAW_CONNECTIONS = 300;

let network: FixtureNetwork;
let supplier: FixtureNode;
const unhandled: unknown[] = [];
const random = xoroshiro128plus(SEED);
const upTo = (n: number): number => uniformInt(random, 0, n);
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", onUnhandled);
  network = await FixtureNetwork.create("smelter", "mallory", "buyer");
  supplier = await network.start("smelter");
  await supplier.app.publish("products.json", fileOf(productOf("smelter", 1, "2.5")));
});

afterAll(async () => {
  process.off("unhandledRejection", onUnhandled);
  await network.close();
});

/** In groups, so that a node's limits of connections are not what is tried. */
async function inGroups(count: number, size: number, one: (n: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += size) {
    await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, i) => one(from + i)));
  }
}

async function mallorysTls() {
  const { transport } = await readNodeHome(network.homeOf("mallory"));
  return {
    key: transport.privateKeyPem,
    cert: transport.certificatePem,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2"],
  };
}

describe("a node under a hostile member's input", () => {
  it(`answers ${HTTP_REQUESTS} odd HTTP requests, none with a fault of its own`, async () => {
    const paths = ["checkpoint", "tile/0/000", "tile/entries/x001/000.p/3", "add-checkpoint", "health"].map((file) =>
      new TextEncoder().encode(`${supplier.origin}/${file}`),
    );
    const statuses = new Map<number, number>();
    await inGroups(HTTP_REQUESTS, 16, async (n) => {
      const pick = (): Uint8Array => paths[upTo(paths.length - 1)] as Uint8Array;
      const path = encodeURI(new TextDecoder().decode(mutate("bytes", pick(), pick(), random))).slice(0, 4_000);
      const body = n % 4 === 0 ? Buffer.from(mutate("bytes", pick(), pick(), random)) : undefined;
      const url = new URL(`http://127.0.0.1:${supplier.served.http}`);
      url.pathname = `/${path}`;
      const answer = await fetch(url, body === undefined ? {} : { method: "POST", body });
      await answer.arrayBuffer();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    });
    expect([...statuses.keys()].filter((code) => code >= 500)).toEqual([]);
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(HTTP_REQUESTS);
  });

  it(`answers ${GRPC_CALLS} odd calls with typed errors`, async () => {
    const tls = await mallorysTls();
    const credentials = ChannelCredentials.createSsl(null, Buffer.from(tls.key), Buffer.from(tls.cert), {
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
    });
    const client = new Client(supplier.address, credentials);
    const methods = [FeedService, ExchangeService].flatMap(({ typeName, methods }) =>
      methods.map((method) => ({ path: `/${typeName}/${method.name}`, method })),
    );
    const codes = new Map<number, number>();
    const raw = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
    await inGroups(GRPC_CALLS, 32, async () => {
      const { path, method } = methods[upTo(methods.length - 1)] as (typeof methods)[number];
      const isOdd = (): boolean => upTo(3) === 0;
      const text = (honest: string): string =>
        isOdd() ? new TextDecoder().decode(mutate("bytes", utf8Encode(honest), utf8Encode(honest), random)) : honest;
      const from = isOdd() ? 2n ** BigInt(upTo(63)) : 0n;
      const fields = {
        origin: text(supplier.origin),
        from,
        index: from,
        level: upTo(70),
        width: upTo(300),
        once: true,
        offer: text("e30.e30.AA"),
      };
      const message = toBinary(method.input, create(method.input, fields as never));
      const request = isOdd() ? mutate("bytes", message, message, random) : message;
      const code = await new Promise<number>((resolve) => {
        const deadline = { deadline: Date.now() + 10_000 };
        if (method.methodKind === "server_streaming") {
          const stream = client.makeServerStreamRequest(path, raw, (bytes) => bytes, request, deadline);
          stream.on("data", () => stream.cancel());
          stream.on("error", (error: Error & { code: number }) => resolve(error.code));
          stream.on("end", () => resolve(status.OK));
        } else {
          client.makeUnaryRequest(
            path,
            raw,
            (bytes) => bytes,
            request,
            deadline,
            (error) => resolve(error?.code ?? status.OK),
          );
        }
      });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    });
    client.close();
    // What is no message at all, gRPC itself answers with INTERNAL; a fault of ours would be UNKNOWN.
    expect(codes.get(status.UNKNOWN) ?? 0).toBe(0);
    expect(codes.get(status.DEADLINE_EXCEEDED) ?? 0).toBe(0);
    expect(codes.get(status.UNAVAILABLE) ?? 0).toBe(0);
    for (const code of [status.OK, status.NOT_FOUND, status.INVALID_ARGUMENT, status.OUT_OF_RANGE]) {
      expect(codes.get(code), status[code]).toBeGreaterThan(GRPC_CALLS / 200);
    }
    expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(GRPC_CALLS);
  });

  it("unpacks no message beyond its limit, however small it was packed", async () => {
    const tls = await mallorysTls();
    const credentials = ChannelCredentials.createSsl(null, Buffer.from(tls.key), Buffer.from(tls.cert), {
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
    });
    const client = new Client(supplier.address, credentials, { "grpc.default_compression_algorithm": 2 });
    const path = `/${ExchangeService.typeName}/ProposeAgreement`;
    const request = toBinary(
      ExchangeService.method.proposeAgreement.input,
      create(ExchangeService.method.proposeAgreement.input, { offer: "0".repeat(64 * 1024 * 1024) }),
    );
    const before = process.memoryUsage().rss;
    const code = await new Promise<number>((resolve) => {
      const raw = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
      client.makeUnaryRequest(
        path,
        raw,
        (bytes) => bytes,
        request,
        (error) => resolve(error?.code ?? status.OK),
      );
    });
    client.close();
    expect(code).toBe(status.RESOURCE_EXHAUSTED);
    // The sender, which is this process too, holds what it packs; the receiver never unpacks it all.
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  it(`outlives ${RAW_CONNECTIONS} connections that do not speak HTTP/2`, async () => {
    const tls = await mallorysTls();
    const preface = new TextEncoder().encode(
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000",
    );
    const port = Number(supplier.address.split(":")[1]);
    await inGroups(RAW_CONNECTIONS, 10, async () => {
      const socket = connectTls({ host: "127.0.0.1", port, minVersion: "TLSv1.3", ...tls });
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.once("error", () => socket.destroy());
        socket.once("secureConnect", () => {
          socket.end(mutate("bytes", preface, preface, random));
          socket.resume();
          // Whether or not the node says goodbye: half-open ones are its own affair.
          setTimeout(() => socket.destroy(), 200).unref();
        });
      });
    });
  });

  it("serves the others as before", async () => {
    const buyer = await network.start("buyer");
    await buyer.app.subscribe(supplier.address, supplier.did);
    const ledger = `id,date,category,supplier,productId,description,quantity,unit\n1,2024-02-01,1,${supplier.did},${productId("smelter", 1)},x,4,piece\n`;
    await buyer.app.importLedger("ledger.csv", new TextEncoder().encode(ledger));
    const inventory = await until(
      () => buyer.app.inventory(),
      ({ attestations }) => attestations.verified === 1,
    );
    expect(inventory.attestations).toMatchObject({ verified: 1, refused: [] });
    expect(unhandled).toEqual([]);
  });
});
