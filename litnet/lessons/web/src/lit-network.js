// <lit-network src="vanilla.weights.js" name="vanilla">: draw a digit, and watch a network read it; look
// into its training, teach it, turn a weight, and train one like it.
// What it computes is what `network` computes in NumPy; tests/lessons/test_lit_network.py compares.
import { build } from "./network/build.js";
import { make, number, percent } from "./network/dom.js";
import { backward, blank, forward, step } from "./network/engine.js";
import { load, network, withWeights } from "./network/network.js";
import { unpacked } from "./network/packed.js";
import { prepare } from "./network/preparation.js";
import STYLE from "./network/style.css";
import { WORDS } from "./network/words.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class LitNetwork extends HTMLElement {
  data = {}; // what was asked for: history, unseen, training
  panel = {}; // the way that is chosen: {net, shows, update, close, pick}
  parts = {}; // pad, stage, live

  connectedCallback() {
    if (this.shadowRoot) {
      this.observer?.observe(this.parts.stage);
      return;
    }
    this.language = this.closest("[lang]")?.lang || "en";
    try {
      Intl.getCanonicalLocales(this.language);
    } catch {
      this.language = "en";
    }
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.card = make("div.card", make("p.error", "…"));
    this.shadowRoot.append(this.card);
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
      const why = this.say("bad", { why: this.refused(error) });
      this.card.replaceChildren(make("p.error", { role: "alert" }, why));
      this.tell("error", why);
      return;
    }
    build(this);
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

  // What was thrown as [word, parts], in words; anything else goes on.
  refused(error) {
    if (!Array.isArray(error)) throw error;
    return this.say(...error);
  }

  count = (n) => n.toLocaleString(this.language);

  number = (v, digits) => number(v, this.language, digits);

  percent = (v, places) => percent(v, this.language, places);

  button = (word, onclick, kind = "button") => make(kind, { onclick }, this.say(word));

  /** The activations of all layers for an input: an array of Float64Arrays, the input first. */
  forward(values) {
    return forward(this.network.layers, values);
  }

  /** What the cost of one example, (a - y)^2 summed, changes with: {cost, slopes, gradient}. */
  backward(values, target) {
    const { layers } = this.network;
    const gradient = blank(layers);
    return { ...backward(layers, values, target, gradient), gradient };
  }

  /** The weights after one step on a batch, of each layer {w, b}; the network stays as it is. */
  stepped(inputs, targets, rate) {
    const { layers } = withWeights(this.network);
    step(layers, inputs, targets, rate);
    return layers;
  }

  /** Ink (bytes, bright, on a mostly black page) as the network's input: {values, digits}. */
  prepare(page, width, height) {
    return prepare(page, width, height, this.network.side);
  }

  /** Something changed: draw it all in the next frame, and say it once it has rested. */
  changed() {
    this.soon();
    this.later();
  }
}

if (!customElements.get("lit-network")) customElements.define("lit-network", LitNetwork);
