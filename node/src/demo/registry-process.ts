import { runRegistry } from "@tallystick/registry";

const [home = ""] = process.argv.slice(2);
await runRegistry(home);
