/**
 * The value without members that are null, on every level but inside an extension's own `data`: PACT says that null
 * and absent are the same. Elements of arrays stay.
 */
export function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, name === "data" ? item : dropNulls(item)]),
  );
}
