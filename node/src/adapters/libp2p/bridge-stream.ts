import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { connectThrough, type GrpcConnection } from "@tallystick/registry";

/**
 * A gRPC connection over a stream that is open. gRPC wants an address, so it gets a Unix domain socket in a folder that only this user may
 * enter; the socket takes one caller, once, and is gone from then on.
 */
export async function bridgeStream(stream: Duplex): Promise<GrpcConnection> {
  const folder = await mkdtemp(join(tmpdir(), "tally-road-"));
  const path = join(folder, "s");
  const listener = createServer({ allowHalfOpen: true });
  listener.maxConnections = 1;
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  listener.once("connection", (socket) => {
    listener.close();
    void rm(folder, { recursive: true, force: true });
    socket.on("error", () => stream.destroy());
    socket.on("close", () => stream.destroy());
    stream.on("error", () => socket.destroy());
    stream.on("close", () => socket.destroy());
    if (stream.destroyed) socket.destroy();
    socket.pipe(stream);
    stream.pipe(socket);
  });
  const connection = connectThrough(path);
  return {
    client: (service) => connection.client(service),
    ready: (signal) => connection.ready(signal),
    close: () => {
      connection.close();
      listener.close();
      stream.destroy();
      void rm(folder, { recursive: true, force: true });
    },
  };
}
