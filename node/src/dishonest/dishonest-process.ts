import { randomBytes } from "node:crypto";
import { MACHINE, runNode } from "../app/run-node.ts";
import { CHEATS, type CheatName } from "./cheats.ts";
import { disguise } from "./disguise.ts";

// A member that cheats, as a process of its own: HOME and the cheat's name.
const [home = "", name = ""] = process.argv.slice(2);
if (!Object.hasOwn(CHEATS, name)) throw new TypeError(`no such cheat: ${name}`);
await runNode({
  home,
  host: "127.0.0.1",
  port: 0,
  httpPort: 0,
  ports: disguise(CHEATS[name as CheatName](), MACHINE.now, (size) => randomBytes(size)),
});
