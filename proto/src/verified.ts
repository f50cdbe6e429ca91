declare const verified: unique symbol;

/**
 * A value that a verifier named `By` has checked. Only verifiers cast to it; only such values may be stored, logged or summed.
 */
export type Verified<T, By extends string> = T & { readonly [verified]: By };
