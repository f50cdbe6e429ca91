/** What is wrong with one cell: the rule that it breaks, by its stable name, and what to do. */
export interface CellFault {
  readonly rule: string;
  readonly message: string;
}

/** A cell that was read, or what is wrong with it. */
export type CellResult<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & CellFault);

export function read<T>(value: T): CellResult<T> {
  return { ok: true, value };
}

export function fault(rule: string, message: string): { readonly ok: false } & CellFault {
  return { ok: false, rule, message };
}
