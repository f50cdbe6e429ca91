import { parse as parseLossless } from "lossless-json";

/**
 * The value of a JSON text that somebody wrote. A member that stands twice with two values is refused: `JSON.parse` takes the last, another
 * reader the first, and whoever wrote it meant one of them.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Read a second time for its errors alone: what it builds would let a member named __proto__ be more than a member.
  parseLossless(text, undefined, Number);
  return value;
}
