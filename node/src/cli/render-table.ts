/** Groups the digits before the point by three and keeps three of the nine places, cut off, not rounded: for reading only. */
export function readable(kg: string): string {
  const [whole = "", places = ""] = kg.split(".");
  return `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, " ")}.${places.slice(0, 3)}`;
}

/** As `readable`, with its sign said. */
export function signed(kg: string): string {
  return kg.startsWith("-") ? `−${readable(kg.slice(1))}` : `+${readable(kg)}`;
}

/** Two columns, the right one aligned at its end. */
export function table(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(0, ...rows.map(([label]) => label.length));
  const right = Math.max(0, ...rows.map(([, value]) => value.length));
  return rows.map(([label, value]) => `  ${label.padEnd(left)}  ${value.padStart(right)}`);
}
