import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { combine } from "./link-conditions.ts";
import { LinkProxy } from "./link-proxy.ts";

let server: Server;
let proxy: LinkProxy;
let upstream: number | undefined;
const heard: string[] = [];
const clients: Socket[] = [];

beforeEach(async () => {
  heard.length = 0;
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      heard.push(data.toString());
      socket.write(`answer to ${data}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  upstream = (server.address() as AddressInfo).port;
  proxy = await LinkProxy.listen({ upstream: () => upstream, random: () => 0.5 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

function open(): Socket {
  const socket = connect(proxy.port, "127.0.0.1");
  clients.push(socket);
  return socket;
}

async function ask(socket: Socket, question: string): Promise<string> {
  socket.write(question);
  const [answer] = await once(socket, "data");
  return String(answer);
}

it("forwards both ways, and repeats what a client said", async () => {
  const socket = open();
  expect(await ask(socket, "one")).toBe("answer to one");
  expect(proxy.recorded.map((stream) => Buffer.from(stream).toString())).toEqual(["one"]);
  const replayed = proxy.replay(proxy.recorded[0] as Uint8Array);
  await expect.poll(() => heard).toEqual(["one", "one"]);
  expect(Buffer.from(await replayed).toString()).toBe("answer to one");
});

it("lets nothing through a silent cut, and everything after it", async () => {
  const socket = open();
  expect(await ask(socket, "before")).toBe("answer to before");
  const heal = proxy.impose({ cut: "silent" });
  const answered = ask(socket, "during");
  const another = open();
  const connected = ask(another, "anew");
  await delay(50);
  expect(heard).toEqual(["before"]);
  heal();
  expect(await answered).toBe("answer to during");
  expect(await connected).toBe("answer to anew");
});

it("breaks connections at a reset cut, and refuses new ones until it ends", async () => {
  const socket = open();
  await ask(socket, "before");
  const broken = once(socket, "error");
  const heal = proxy.impose({ cut: "reset" });
  expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
  const refused = open();
  await once(refused, "error");
  heal();
  expect(await ask(open(), "after")).toBe("answer to after");
});

it("resets a client while the process behind it is down", async () => {
  upstream = undefined;
  await once(open(), "error");
});

it("combines what is imposed", () => {
  expect(combine([])).toEqual({});
  expect(
    combine([
      { cut: "silent" },
      { latencyMs: 20, bytesPerSecond: 1_000 },
      { latencyMs: 5, bytesPerSecond: 500, spreadMs: 10 },
    ]),
  ).toEqual({ cut: "silent", latencyMs: 25, bytesPerSecond: 500, spreadMs: 10 });
  expect(combine([{ cut: "reset" }, { cut: "silent" }])).toMatchObject({ cut: "reset" });
});
