import { vi } from "vitest";
import { main } from "./main.ts";

/** Runs the program in this process. What it writes is kept from the terminal. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  try {
    return { code: await main(args), ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}
