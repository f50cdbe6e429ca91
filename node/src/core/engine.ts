/**
 * Name and version of what computes figures and says how. It changes with every release in which any figure, formula or rule comes out
 * otherwise: reports and evidence bundles name it, since only the same engine says the same to the last character.
 */
export const ENGINE = "tallystick 0.2.0";
