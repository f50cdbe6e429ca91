import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpEdge, serveHttp } from "./http-edge.ts";

const LIMIT = 40;
let edge: HttpEdge;
let asked = 0;

beforeAll(async () => {
  edge = await serveHttp({
    host: "127.0.0.1",
    port: 0,
    requestsPerTenSeconds: LIMIT,
    logOf: () => undefined,
    addCheckpoint: async () => {
      asked += 1;
      return { status: 400, body: "malformed request\n", contentType: "text/plain" };
    },
  });
});
afterAll(() => edge.close());

const post = (body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${edge.port}/add-checkpoint`, { method: "POST", body: Uint8Array.from(body), headers });

/** What comes back for raw bytes, until the connection ends or a while has passed. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(edge.port, "127.0.0.1");
  let answer = "";
  socket.on("data", (piece) => {
    answer += piece.toString("latin1");
  });
  socket.on("error", () => socket.destroy());
  socket.write(bytes);
  const over = once(socket, "close").catch(() => undefined);
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 500))]);
  socket.destroy();
  return answer;
}

describe("the HTTP side", () => {
  it("unpacks nothing: a few bytes that stand for many are refused unread", async () => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    expect((await post(bomb, { "content-encoding": "gzip" })).status).toBe(415);
    expect((await post(bomb, { "content-encoding": "br" })).status).toBe(415);
    expect(asked).toBe(0);
  });

  it("reads no body beyond its limit, and answers requests that are none", async () => {
    expect((await post(new Uint8Array(2 * 1024 * 1024))).status).toBe(413);
    expect(asked).toBe(0);
    expect(await raw("NOT HTTP\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/);
    const twoLengths = "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na";
    expect(await raw(twoLengths)).toMatch(/^HTTP\/1.1 400/);
  });

  it("answers one address so often, and then tells it how long to wait", async () => {
    const answers: Response[] = [];
    for (let n = 0; n < LIMIT + 5; n++) answers.push(await fetch(`http://127.0.0.1:${edge.port}/health`));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answers[0]?.status).toBe(200);
  });
});
