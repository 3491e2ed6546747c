// What the player says. WORDS is its English; in another language the page hands it the words
// (docs/languages.md).

export const WORDS = { // Player
  play: "Play",
  pause: "Pause",
  chapters: "Chapters",
  prev: "Previous chapter",
  next: "Next chapter",
  captions: "Captions",
  language: "Language",
  speed: "Speed",
  ask: "Ask the neuron",
  transcript: "Transcript",
  full: "Full screen",
  answer: "Answer",
  skip: "Skip",
  go: "Continue",
  again: "Watch again",
  reset: "Start over",
  score: "{right} of {total} right",
  number: "Write a number.",
  choice: "Choose an answer.",
  pick: "Point at it in the picture, or use the arrow keys.",
  right: "✓ Right.",
  wrong: "✗ Not yet.",
  pixel: "Pixel",
  input: "Input layer",
  hidden: "Hidden layer {layer}",
  output: "Output layer",
  place: "row {row}, column {column}",
  neuron: "neuron {neuron} of {total}",
  activation: "activation {activation}",
  grey: "brightness {activation}",
  unlit: "not lit yet",
  illustrative: "illustrative: not computed by the network",
  reading: "shown: {digit}",
  broken: "This clip cannot be played.",
};

/** Gives a clip its language: what is said in it, and how numbers are written. */
export const words = (clip) => {
  /** What a table has of the page's language: "pt-BR", or else "pt". */
  clip.ofLanguage_ = (table) => [clip.language_, clip.language_.split("-")[0]].find((one) => table?.[one]);
  clip.shown_ = (part) => {
    try {
      return part.toLocaleString(clip.language_, { maximumSignificantDigits: 9 });
    } catch {
      return part; // the page names no language in this way
    }
  };
  clip.say_ = (word, parts) => {
    const table = globalThis.litnetWords;
    const given = clip.host_.words ?? table?.[clip.ofLanguage_(table)]?.Player;
    return (given?.[word] ?? WORDS[word]).replace(/\{(\w+)\}/g, (_, name) => clip.shown_(parts[name]));
  };
};
