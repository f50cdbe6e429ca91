/** The least integer whose square is not below x. */
export function ceilSqrt(x: bigint): bigint {
  if (x === 0n) return 0n;
  // Newton's method from above: it falls until it meets the floor of the root.
  let root = 1n << BigInt((x.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root * root === x ? root : root + 1n;
    root = next;
  }
}
