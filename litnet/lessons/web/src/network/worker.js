// Learning beside the page: in a worker, so that the page answers at once; where none is allowed, in the
// page itself, in slices.
import { descent, engine } from "./engine.js";

// Tells the moments of a descent as they come, and at the end null. Gives a function that ends it.
export function learn(setup, tell) {
  let ended = false;
  let heard = false;
  let worker;
  const slices = () => {
    const moments = descent(setup);
    const some = () => {
      const end = performance.now() + 12;
      while (!ended && performance.now() < end) {
        const { value, done } = moments.next();
        if (done) {
          ended = true;
          tell(null);
        } else if (value) tell(value);
      }
      if (!ended) setTimeout(some);
    };
    some();
  };
  // It is in this very file, so that a page of one file has it as well.
  const text = `onmessage=({data})=>{for(const m of(${engine})().descent(data))m&&postMessage(m);postMessage(null)}`;
  try {
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    worker = new Worker(address);
    worker.onmessage = ({ data }) => {
      heard = true;
      if (!ended) tell(data);
    };
    worker.onerror = () => {
      if (!heard && !ended) slices(); // the page's policy forbids it
    };
    worker.postMessage(setup);
  } catch {
    slices();
  }
  return () => {
    ended = true;
    worker?.terminate();
  };
}
