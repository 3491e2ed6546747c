// <lit-network src="vanilla.weights.js" name="vanilla">: draw a digit, and watch a network read it; look
// into its training, teach it, turn a weight, and train one like it.
// What it computes is what `network` computes in NumPy; tests/lessons/test_lit_network.py compares.
import { answer } from "./network/answer.js";
import { backward, blank } from "./network/backward.js";
import { brightest, make, number } from "./network/dom.js";
import { GOLD, paint } from "./network/draw.js";
import { film } from "./network/film.js";
import { forward } from "./network/forward.js";
import { PAGE, png } from "./network/ink.js";
import { Light, MOST_LINES } from "./network/light.js";
import { load, network, withWeights } from "./network/network.js";
import { unpacked } from "./network/packed.js";
import { pointer } from "./network/neuron.js";
import { drawing } from "./network/pad.js";
import { prepare } from "./network/preparation.js";
import STYLE from "./network/style.css";
import { ways } from "./network/ways.js";
import { tools } from "./network/worker.js";
import { WORDS } from "./network/words.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class LitNetwork extends HTMLElement {
  #asked = false; // for a frame
  data = {}; // what was asked for: history, unseen, training
  panel = {}; // the way that is chosen: {net, view, update, close, pick}
  parts = {}; // pad, stage, live

  connectedCallback() {
    if (this.shadowRoot) {
      this.observer?.observe(this.parts.stage);
      return;
    }
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.language = this.closest("[lang]")?.lang || "en";
    try {
      Intl.getCanonicalLocales(this.language);
    } catch {
      this.language = "en";
    }
    root.append(make("div.card", make("p.error", "…")));
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.#load();
      },
      { rootMargin: "400px" },
    );
    near.observe(this);
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.panel.close?.();
    clearTimeout(this.timer);
  }

  async #load() {
    const [name, src, words] = ["name", "src", "words"].map((one) => this.getAttribute(one) ?? "");
    const all = () => globalThis.litnetNetworks ?? {};
    const known = () => Object.hasOwn(all(), name);
    for (const source of [words, !known() && src]) if (source) await load(new URL(source, document.baseURI).href);
    try {
      this.base = new URL(src, document.baseURI).href;
      this.network = network(await unpacked(known() && all()[name]));
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      const why = this.say("bad", { why: this.say(...error) });
      this.shadowRoot.firstChild.replaceChildren(make("p.error", { role: "alert" }, why));
      this.tell("error", why);
      return;
    }
    this.#build();
    this.tell("ready");
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`litnet:${name}`, { bubbles: true, composed: true, detail }));
  }

  // A text, by its word; `count` chooses between plural forms.
  say = (word, parts = {}) => {
    const table = globalThis.litnetWords;
    const own = (table?.[this.language] ?? table?.[this.language.split("-")[0]])?.Drawing;
    const found = own?.[word] ?? WORDS[word];
    const text = found[new Intl.PluralRules(this.language).select(parts.count ?? 0)] ?? found.other ?? found;
    return text.replace(/\{(\w+)\}/g, (_, name) => this.count(parts[name]));
  };

  count = (n) => n.toLocaleString(this.language);

  number = (v, digits) => number(v, this.language, digits);

  button = (word, onclick, kind = "button") => make(kind, { onclick }, this.say(word));

  #build() {
    const { network: net, say, parts, shadowRoot } = this;
    const { layers, side } = net;
    const stage = (parts.stage = make("canvas", { role: "img" }));
    const glow = make("canvas.glow", { "aria-hidden": true });
    const total = layers.reduce((sum, { w }) => sum + w.length, 0);
    const drawn = layers.reduce((sum, { w }) => sum + Math.min(w.length, MOST_LINES), 0);
    const lines = drawn < total ? say("strongest", { drawn, total }) : say("lines", { count: total });
    const legend = make("p.legend", lines, " ", make("span.up", say("raises")), " ", make("span.low", say("lowers")));
    this.answer = answer(this);
    this.pointer = pointer(this, stage);
    const shown = make("div.net", glow, stage, legend, this.pointer.card);
    if (side) {
      const pad = (this.pad = drawing(this));
      parts.pad = pad.canvas;
      this.page = pad.page;
      this.saved = make("p.saved", { role: "status", hidden: true });
      this.film = this.button("film", () => film(this, this.saved), "button.film");
      this.hint = make("span.hint", { "aria-hidden": true }, say("draw"));
      const examples = net.examples.map(({ label, pixels }, k) => {
        const title = say("example", { digit: label });
        const canvas = make("canvas", { "aria-hidden": true });
        paint(canvas, pixels, side);
        return make("button.eg", { "aria-label": title, title, onclick: () => this.example(k) }, canvas);
      });
      const { tabs, panels, show } = ways(this, [
        make("div.row", this.film, this.pointer.fields),
        this.saved,
        make("p.keys", { id: "keys" }, say("keys")),
        make("details", make("summary", say("numbers")), this.answer.list),
      ]);
      this.show = show; // a way: "drawing", "epochs", "teach", "knob" or "train"
      this.example = pad.example;
      this.undo = pad.undo.onclick;
      this.clear = pad.clear.onclick;
      shadowRoot.firstChild.replaceChildren(
        ...tabs,
        make("div.pad", pad.canvas, this.hint),
        make("div.side", this.answer.box, pad.undo, pad.clear),
        shown,
        make("div.tools", pad.pen, pad.eraser, make("div.all", ...examples)),
        ...panels,
        parts.live,
      );
    } else shadowRoot.firstChild.replaceChildren(make("p.error", say("vector", { count: net.sizes[0] })), shown);
    this.light = new Light(net, glow, stage, this.number, this.count);
    let ratio = 0;
    this.observer = new ResizeObserver(() => {
      const width = stage.clientWidth;
      if (!width || (width === this.light.width && devicePixelRatio === ratio)) return;
      ratio = devicePixelRatio;
      const height = Math.round(Math.min(460, Math.max(216, width * 0.62)));
      this.light.resize(width, height, getComputedStyle(stage).fontFamily);
      this.pad?.resize();
      this.redraw();
    });
    this.observer.observe(stage);
    this.#read();
    this.#announce();
  }

  /** The activations of all layers for an input: an array of Float64Arrays, the input first. */
  forward(values) {
    return forward(this.network.layers, values);
  }

  /** What the cost of one example, (a - y)^2 summed, changes with: {cost, slopes, gradient}. */
  backward(values, target) {
    const { layers } = this.network;
    const [sums, gradient] = [[], blank(layers)];
    return { ...backward(layers, forward(layers, values, sums), sums, target, gradient), gradient };
  }

  /** The weights after one step on a batch, of each layer {w, b}; the network stays as it is. */
  stepped(inputs, targets, rate) {
    const { layers } = withWeights(this.network);
    tools.step(tools, layers, inputs, targets, rate);
    return layers;
  }

  /** Ink (bytes, bright, on a mostly black page) as the network's input: {values, digits}. */
  prepare(page, width, height) {
    return prepare(page, width, height, this.network.side);
  }

  /** What is drawn as a PNG that `litnet render --digit` takes. */
  png() {
    const shown = this.pad.shown();
    return shown ? png(shown.pixels, this.network.side) : png(this.page, PAGE);
  }

  // The ink is another.
  drawn() {
    this.saved.hidden = true;
    this.changed();
  }

  /** Something changed: draw it all in the next frame, and say it once it has rested. */
  changed() {
    this.soon();
    this.later();
  }

  soon = () => {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.redraw();
    });
  };

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#announce(), 600);
  }

  #announce() {
    if (!this.pad?.open()) this.answer.announce();
  }

  /** Prepare what is drawn, run the network, and draw it all: what happens once a frame. */
  redraw() {
    this.#read();
    const { light, panel, pad, pointer: { at, show } } = this;
    panel.update?.(this.reading);
    if (light.width) {
      light.net = this.net;
      const { marks = [], ...view } = panel.view ?? {};
      light.draw(this.reading?.activations, { ...view, marks: at ? [...marks, [...at, GOLD]] : marks });
      if (at) show(at);
    }
    pad?.draw();
  }

  #read() {
    const net = (this.net = this.panel.net ?? this.network);
    const { pad } = this;
    if (!pad) return;
    const empty = pad.empty();
    let note = "";
    this.reading = null;
    try {
      if (!empty) {
        const shown = pad.shown();
        const { values, digits } = shown
          ? { values: Float64Array.from(shown.pixels, (v) => v / 255) }
          : this.prepare(this.page, PAGE, PAGE);
        const activations = forward(net.layers, values);
        const out = activations.at(-1);
        const prediction = brightest(out);
        this.reading = { values, activations, prediction, name: net.classes[prediction], confidence: out[prediction] };
        if (digits > 1) note = this.say("many", { count: digits });
      }
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      note = this.say(...error);
    }
    this.answer.show(note, empty);
    this.hint.hidden = !empty;
    this.film.disabled = !this.reading;
  }
}

if (!customElements.get("lit-network")) customElements.define("lit-network", LitNetwork);
