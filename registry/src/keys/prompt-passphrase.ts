import type { Readable, Writable } from "node:stream";
import { keyFileError } from "./key-errors.ts";

/** A terminal that a person sits at. */
export interface Terminal {
  readonly input: Readable & { setRawMode(raw: boolean): unknown };
  readonly output: Writable;
}

/** The process's own, where a person sits at it. */
export function ownTerminal(): Terminal | undefined {
  const { stdin, stderr } = process;
  return stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : undefined;
}

const CONTROL_U = "\u0015";
const ERASE = new Set(["\u007f", "\b"]);
const ENTER = new Set(["\r", "\n"]);
/** Control-C, Control-D, and a line with nothing in it. */
const ENDS = new Set([...ENTER, "\u0003", "\u0004"]);

/** Asks for a line that is not shown. @throws KEY_SECRET_INVALID where nothing was given, or the person stopped */
export function promptPassphrase({ input, output }: Terminal, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (settle: () => void): void => {
      input.off("data", onData);
      input.off("end", onEnd);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const refuse = (): void => reject(keyFileError("KEY_SECRET_INVALID", { reason: "no passphrase was given" }));
    const onEnd = (): void => end(refuse);
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString()) {
        const given = ENTER.has(character) && typed.length > 0;
        if (given || ENDS.has(character)) {
          end(given ? () => resolve(typed.join("")) : refuse);
          return;
        }
        if (character === CONTROL_U) typed = [];
        else if (ERASE.has(character)) typed.pop();
        else typed.push(character);
      }
    };
    output.write(question);
    input.setRawMode(true);
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  });
}
