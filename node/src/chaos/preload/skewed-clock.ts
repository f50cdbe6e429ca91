import { readFileSync } from "node:fs";

// Loaded into a process before its own code: its clock is off by as many seconds as the file says that `?offset=` names. The product
// has no switch for this. Timers go by the monotonic clock, which no skew touches.

const REFRESH_MS = 200;

const { searchParams } = new URL(import.meta.url);
const file = searchParams.get("offset") ?? "";
const RealDate = Date;
let offsetMs = 0;

function refresh(): void {
  try {
    const seconds = Number(readFileSync(file, "utf8"));
    if (Number.isFinite(seconds)) offsetMs = seconds * 1_000;
  } catch {
    // Not there: the clock is right.
    offsetMs = 0;
  }
}

const now = (): number => RealDate.now() + offsetMs;

refresh();
setInterval(refresh, REFRESH_MS).unref();
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => (args.length === 0 ? new target(now()) : Reflect.construct(target, args)),
  apply: (target) => new target(now()).toString(),
  get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
});
