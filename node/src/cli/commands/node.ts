import { secretsOf } from "@tallystick/registry";
import { type Command, InvalidArgumentError } from "commander";
import { type Libp2pOptions, RELAY_DEFAULTS } from "../../adapters/libp2p/road-options.ts";
import { runNode } from "../../app/run-node.ts";
import { globals, run } from "../run.ts";

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("not a port");
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError("not a positive number");
  return value;
}

function addMultiaddr(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^\/[\w.:%/-]+$/.test(text)) throw new InvalidArgumentError("not a multiaddr, such as /ip4/192.0.2.1/tcp/7001");
  return [...before, text];
}

function listenAt(text: string): string {
  if (text !== "none") addMultiaddr(text);
  return text;
}

function addRelay(text: string, before: readonly string[] = []): readonly string[] {
  if (!/\/p2p\/\w+$/.test(text))
    throw new InvalidArgumentError("not a multiaddr that ends in /p2p/ and the relay's peer id");
  return addMultiaddr(text, before);
}

interface NodeFlags {
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly libp2p?: true | string;
  readonly announce?: readonly string[];
  readonly relay?: readonly string[];
  readonly relayServer: boolean;
  readonly relayReservations: number;
  readonly relayBytes: number;
  readonly relaySeconds: number;
}

const ROADS = `
Roads: partners reach this node at --host and --port over TLS, and with --libp2p also over libp2p, by the same keys and the same services.
  a node with a public address     tally node --host 0.0.0.0 --libp2p
  ... that relays to other members tally node --host 0.0.0.0 --libp2p --relay-server
  a node behind NAT                tally node --relay /dns4/relay.example/tcp/7001/p2p/<peer id>
The ready line and \`tally status\` say the multiaddrs that others reach it by.`;

export function addNodeCommand(program: Command): void {
  program
    .command("node")
    .description(
      "run the node until it is told to stop; stdout has one JSON line when it is ready and one when it has stopped",
    )
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "gRPC port for partners (0: any free one)", port, 7000)
    .option("--http-port <port>", "HTTP port for log tools (0: any free one)", port, 0)
    .option(
      "--libp2p [multiaddr]",
      "use libp2p too: listen at this multiaddr, at --host and port 7001 if none is given, or only connect (none)",
      listenAt,
    )
    .option(
      "--announce <multiaddr>",
      "where others reach this node, if not where it listens (may be repeated)",
      addMultiaddr,
    )
    .option("--relay <multiaddr>", "a member's node to be reached through (may be repeated)", addRelay)
    .option("--relay-server", "relay to members that cannot be reached otherwise", false)
    .option("--relay-reservations <n>", "members that may hold a slot here", positive, RELAY_DEFAULTS.reservations)
    .option("--relay-bytes <n>", "bytes of one relayed connection", positive, RELAY_DEFAULTS.bytes)
    .option("--relay-seconds <n>", "duration of one relayed connection", positive, RELAY_DEFAULTS.seconds)
    .addHelpText("after", ROADS)
    .action((flags: NodeFlags, command: Command) =>
      run(command, () => {
        const { host, port, httpPort } = flags;
        const libp2p = toLibp2pOptions(flags);
        const { home } = globals(command);
        const second = libp2p === undefined ? {} : { libp2p };
        return runNode({ home, secrets: secretsOf(globals(command)), host, port, httpPort, ...second });
      }),
    );
}

/** Undefined where no flag asks for libp2p. */
function toLibp2pOptions(flags: NodeFlags): Libp2pOptions | undefined {
  const { host, libp2p, announce = [], relay: relays = [], relayServer } = flags;
  if (libp2p === undefined && relays.length === 0 && !relayServer) return undefined;
  const listen =
    libp2p === true || (libp2p === undefined && relayServer)
      ? [toMultiaddr(host)]
      : libp2p === undefined || libp2p === "none"
        ? []
        : [libp2p];
  const limits = { reservations: flags.relayReservations, bytes: flags.relayBytes, seconds: flags.relaySeconds };
  return { listen, announce, relays, ...(relayServer ? { relayServer: limits } : {}) };
}

const LIBP2P_PORT = 7001;

function toMultiaddr(host: string): string {
  const family = host.includes(":") ? "ip6" : /^[\d.]+$/.test(host) ? "ip4" : "dns";
  return `/${family}/${host}/tcp/${LIBP2P_PORT}`;
}
