import { formatExact, parsePactDecimal } from "@tallystick/contracts";

/** JSON, as a template and as what it becomes. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What a template refers to: `$` the case, `@` the item of the innermost list, `#` its number from 1. */
interface Scope {
  readonly $: Json;
  readonly "@"?: Json;
  readonly "#"?: number;
}

/**
 * Fills a template from a case:
 *
 * - `"$.inputs.mass_t"`, `"@.ef"`, `"#"`: what stands there, as text.
 * - `{"$text": [...]}`: texts put together. `{"$map": ref, "to": {...}}`: another word for it.
 * - `{"$each": ref, "as": template}`: one or more for each item; a list of lists becomes one list.
 * - `{"$number": ref}`: as a number. `{"$literal": "@"}`: as it stands.
 * - `{"$concat": [...]}`: lists one after the other. `{"$keyed": ref, "key": template, "value": template}`: an object.
 */
export function fillTemplate(template: Json, scope: Scope): Json {
  if (typeof template === "string") return isReference(template) ? textOf(find(template, scope)) : template;
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((part) => fillTemplate(part, scope));
  const { $each, $text, $map, $concat, $keyed, $number, $literal, ...object } = template as Readonly<
    Record<string, Json>
  >;
  if ($literal !== undefined) return $literal;
  if ($number !== undefined) return Number(fillTemplate($number, scope));
  if ($text !== undefined) return ($text as readonly Json[]).map((part) => String(fillTemplate(part, scope))).join("");
  if ($map !== undefined) {
    const word = String(fillTemplate($map, scope));
    const other = (object.to as Readonly<Record<string, Json>>)[word];
    if (other === undefined) throw new Error(`nothing stands for "${word}"`);
    return other;
  }
  if ($concat !== undefined) return ($concat as readonly Json[]).flatMap((part) => fillTemplate(part, scope) as Json[]);
  if ($each !== undefined) {
    return itemsOf($each, scope).flatMap((item, at) => {
      const filled = fillTemplate(object.as as Json, { ...scope, "@": item, "#": at + 1 });
      return Array.isArray(filled) ? filled : [filled];
    });
  }
  if ($keyed !== undefined) {
    return Object.fromEntries(
      itemsOf($keyed, scope).map((item, at) => {
        const inner = { ...scope, "@": item, "#": at + 1 };
        return [String(fillTemplate(object.key as Json, inner)), fillTemplate(object.value as Json, inner)];
      }),
    );
  }
  return Object.fromEntries(Object.entries(object).map(([name, part]) => [name, fillTemplate(part, scope)]));
}

const isReference = (text: string): boolean => text === "#" || text === "@" || /^[$@]\./.test(text);

function itemsOf(reference: Json, scope: Scope): readonly Json[] {
  const items = typeof reference === "string" ? find(reference, scope) : reference;
  if (!Array.isArray(items)) throw new Error(`${JSON.stringify(reference)} is no list`);
  return items;
}

function find(reference: string, scope: Scope): Json {
  if (reference === "#") return scope["#"] ?? 0;
  const [root = "", ...path] = reference.split(".");
  let found: Json | undefined = root === "$" ? scope.$ : scope["@"];
  for (const name of path) found = (found as Readonly<Record<string, Json>>)?.[name];
  if (found === undefined) throw new Error(`${reference} is not there`);
  return found;
}

/** Numbers as decimal text, without exponents: a calculation takes quantities as text. */
function textOf(value: Json): Json {
  if (typeof value === "number") return formatExact(parsePactDecimal(String(value)));
  if (typeof value === "string" && /^\d+(\.\d+)?e[+-]?\d+$/i.test(value)) return formatExact(parsePactDecimal(value));
  return value;
}
