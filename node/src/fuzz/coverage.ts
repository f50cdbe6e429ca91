/** Name of the global that instrumented code counts in. */
export const COUNTERS = "__tallyCoverage__";

/** Istanbul's counters of one file: how often each statement ran, and each way of each branch. */
interface FileCounters {
  readonly s: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** What of the instrumented code has run. Code that is not instrumented has no counters: nothing of it is ever new. */
export class Coverage {
  #files: { readonly counters: FileCounters; readonly statements: Set<string>; readonly branches: Set<string> }[] = [];
  readonly #names = new Set<string>();

  /** Counters that ran since `forget` and never before; with `learn` they are not new again. */
  news(learn: boolean): number {
    this.#takeIn();
    let news = 0;
    for (const { counters, statements, branches } of this.#files) {
      for (const key in counters.s) {
        if (counters.s[key] === 0 || statements.has(key)) continue;
        news += 1;
        if (learn) statements.add(key);
      }
      for (const key in counters.b) {
        for (const [way, count] of (counters.b[key] as number[]).entries()) {
          if (count === 0 || branches.has(`${key}/${way}`)) continue;
          news += 1;
          if (learn) branches.add(`${key}/${way}`);
        }
      }
    }
    return news;
  }

  /** Starts counting anew; what was learnt stays. */
  forget(): void {
    for (const { counters } of this.#files) {
      for (const key in counters.s) counters.s[key] = 0;
      for (const key in counters.b) (counters.b[key] as number[]).fill(0);
    }
  }

  /** Files that were loaded since. */
  #takeIn(): void {
    const all = (globalThis as { [COUNTERS]?: Record<string, FileCounters> })[COUNTERS] ?? {};
    for (const [name, counters] of Object.entries(all)) {
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      this.#files.push({ counters, statements: new Set(), branches: new Set() });
    }
  }
}
