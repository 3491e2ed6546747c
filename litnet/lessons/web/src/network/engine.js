// All that is computed with networks, in the page and in a worker: everything else takes it from here. The
// bundler makes one function of it, `engine`, whose text a worker can run (tests/browser/bundle.mjs).
export { backward, blank } from "./backward.js";
export { costOver, descent, inputsOf, oneHot, step } from "./descent.js";
export { activations, forward } from "./forward.js";
