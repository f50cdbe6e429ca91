import fc from "fast-check";

// The same properties on every run; FC_SEED=<n> looks elsewhere.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_123) });
