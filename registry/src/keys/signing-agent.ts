import { chmod, readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import {
  decodeBase64,
  encodeBase64,
  encodeBase64url,
  equalBytes,
  MAX_SIGNED_BYTES,
  sign,
  trialMessage,
} from "@tallystick/proto";
import {
  FrameError,
  formatFrame,
  parseRequest,
  readFrames,
  type SigningAnswer,
  type SigningRequest,
} from "./agent-frames.ts";
import { fitsUse } from "./fits-use.ts";
import { keyFileError } from "./key-errors.ts";
import { type OpenedKey, openKeyFile, requirePrivateFolder } from "./key-file.ts";
import type { KeySecrets } from "./sealing.ts";

/** Longest path that every system takes for a unix domain socket. */
export const MAX_SOCKET_PATH = 100;
/** One for each key that somebody has opened: a node has three, a registry seven, and so has each command beside them. */
const MAX_CONNECTIONS = 128;

export interface SigningAgentOptions {
  /** With the keys' files, and nothing else's. */
  readonly folder: string;
  readonly secrets: KeySecrets;
  /** Default: `agent.sock` in the folder. */
  readonly socketPath?: string;
}

/** Where a folder's agent listens unless it is told otherwise. */
export const agentSocketOf = (folder: string): string => join(resolve(folder), "agent.sock");

/**
 * Holds the keys of a folder in a process of its own and signs with them for whoever can open its socket, which is its owner alone. It
 * opens all of them before it listens. It signs only what has the form of the use that the key is for; the private keys never leave it.
 */
export class SigningAgent {
  readonly socketPath: string;
  /** What it holds: uses and public keys. */
  readonly keys: readonly { readonly use: string; readonly publicKey: string }[];
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(socketPath: string, keys: SigningAgent["keys"], server: Server, open: Set<Socket>) {
    this.socketPath = socketPath;
    this.keys = keys;
    this.#server = server;
    this.#open = open;
  }

  /**
   * @throws SIGNER_REFUSED where another agent has the socket, it cannot be made, or the folder holds no keys; what openKeyFile throws
   */
  static async open({
    folder,
    secrets,
    socketPath = agentSocketOf(folder),
  }: SigningAgentOptions): Promise<SigningAgent> {
    const path = resolve(socketPath);
    const refuse = (reason: string): Error => keyFileError("SIGNER_REFUSED", { path, reason });
    if (path.length > MAX_SOCKET_PATH) throw refuse(`the path is longer than ${MAX_SOCKET_PATH} characters`);
    await requirePrivateFolder(folder);
    await requirePrivateFolder(dirname(path));
    const held = new Map<string, OpenedKey>();
    for (const name of (await readdir(folder)).filter((each) => each.endsWith(".json")).sort()) {
      const opened = await openKeyFile(join(folder, name), { secrets });
      held.set(encodeBase64url(opened.key.publicKey.bytes), opened);
    }
    if (held.size === 0) throw refuse(`there is no key in ${folder}`);
    if (await isListenedTo(path)) throw refuse("another agent listens there");
    // Left by one that was killed.
    await rm(path, { force: true });
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      void serve(socket, held);
    });
    server.maxConnections = MAX_CONNECTIONS;
    await listen(server, path, refuse);
    const keys = [...held].map(([publicKey, { use }]) => ({ use, publicKey }));
    return new SigningAgent(path, keys, server, open);
  }

  /** Ends every connection, and takes no more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

async function serve(socket: Socket, held: ReadonlyMap<string, OpenedKey>): Promise<void> {
  socket.on("error", () => {
    // It went: the loop below ends.
  });
  try {
    for await (const frame of readFrames(socket)) {
      const answer = answerTo(parseRequest(frame), held);
      // Who does not read its answers gets no more of them made.
      if (!socket.write(formatFrame(answer))) await drained(socket);
    }
    socket.end();
  } catch (error) {
    const isTheirs = socket.destroyed || error instanceof FrameError;
    socket.destroy();
    if (!isTheirs) throw error;
  }
}

function answerTo(
  { id, use, key, message: text }: SigningRequest,
  held: ReadonlyMap<string, OpenedKey>,
): SigningAnswer {
  const refuse = (refused: string): SigningAnswer => ({ v: 1, id, refused });
  const found = held.get(key);
  if (found === undefined) return refuse("no such key");
  if (found.use !== use) return refuse(`the key is for another use: ${found.use}`);
  const message = decodeBase64(text);
  if (message.length > MAX_SIGNED_BYTES) return refuse(`longer than ${MAX_SIGNED_BYTES} bytes`);
  if (!fitsUse(use, message) && !equalBytes(message, trialMessage(found.key.publicKey))) {
    return refuse(`not what keys for ${use} sign`);
  }
  return { v: 1, id, signature: encodeBase64(sign(found.key, message)) };
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", () => resolve());
  });

async function listen(server: Server, path: string, refuse: (reason: string) => Error): Promise<void> {
  // Nobody else may open it even for the moment before its mode is set.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => {
      server.once("error", (cause) => failed(refuse(`cannot listen there: ${cause.message}`)));
      server.listen(path, done);
    });
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
}

function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
