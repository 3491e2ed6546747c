// <lit-network src="vanilla.weights.js" name="vanilla">: draw a digit, and watch a network read it; look
// into its training, teach it, turn a weight, and train one like it.
// What it computes is what `network` computes in NumPy; tests/lessons/test_lit_network.py compares.
import { backward, blank } from "./network/backward.js";
import { crc32 } from "./network/bytes.js";
import { brightest, make, number, paint } from "./network/dom.js";
import { epochs } from "./network/epochs.js";
import { forward } from "./network/forward.js";
import { EDGE, PAD, PAGE, png, stroke } from "./network/ink.js";
import { knob } from "./network/knob.js";
import { Light, MOST_LINES } from "./network/light.js";
import { load, network, plain, withWeights } from "./network/network.js";
import { pointer } from "./network/neuron.js";
import { prepare } from "./network/preparation.js";
import { STYLE } from "./network/style.js";
import { teach } from "./network/teach.js";
import { train } from "./network/train.js";
import { tools } from "./network/worker.js";
import { WORDS } from "./network/words.js";

// What one can do, and which data it takes.
const WAYS = [
  ["drawing", null, []],
  ["epochs", epochs, ["history"]],
  ["teach", teach, []],
  ["knob", knob, ["unseen"]],
  ["train", train, ["unseen", "training"]],
];

let sheet;

class LitNetwork extends HTMLElement {
  #started = false;
  #ops = []; // strokes, examples and clearings; undo takes the last one off
  #undrawn = true; // a frame is not asked for yet
  #at = [PAD / 2, PAD / 2]; // the keyboard's place on the pad
  #open = null; // the stroke that is being drawn
  #erase = false;
  data = {}; // what was asked for: history, unseen, training
  panel = {}; // the way that is chosen: {net, view, update, close, pick}

  connectedCallback() {
    if (this.#started) {
      if (this.light) this.observer.observe(this.parts.stage);
      return;
    }
    this.#started = true;
    const root = this.attachShadow({ mode: "open" });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    root.adoptedStyleSheets = [sheet];
    this.language = this.closest("[lang]")?.lang || "en";
    try {
      Intl.getCanonicalLocales(this.language);
    } catch {
      this.language = "en";
    }
    root.append(make("div", { class: "card" }, make("p", { class: "error" }, "…")));
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
    const name = this.getAttribute("name") ?? "";
    const known = () => Object.hasOwn(globalThis.litnetNetworks ?? {}, name);
    for (const source of [this.getAttribute("words"), known() ? null : this.getAttribute("src")])
      if (source) await load(new URL(source, document.baseURI).href);
    try {
      this.base = new URL(this.getAttribute("src") ?? "", document.baseURI).href;
      this.network = network(known() ? globalThis.litnetNetworks[name] : null);
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      this.#refuse(error);
      return;
    }
    this.#build();
    this.dispatchEvent(new CustomEvent("litnet:ready", { bubbles: true, composed: true }));
  }

  // A text, by its word; `count` chooses between plural forms.
  say = (word, parts = {}) => {
    const table = globalThis.litnetWords;
    const own = (table?.[this.language] ?? table?.[this.language.split("-")[0]])?.Drawing;
    let text = own?.[word] ?? WORDS[word];
    if (typeof text === "object") text = text[new Intl.PluralRules(this.language).select(parts.count)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => parts[name].toLocaleString(this.language));
  };

  #refuse(error) {
    const why = this.say("bad", { why: this.say(...error) });
    this.shadowRoot.firstChild.replaceChildren(make("p", { class: "error", role: "alert" }, why));
    this.dispatchEvent(new CustomEvent("litnet:error", { bubbles: true, composed: true, detail: why }));
  }

  #build() {
    const { network: net, say } = this;
    const p = (this.parts = {});
    const button = (name, onclick, extra = {}) =>
      (p[name] = make("button", { type: "button", onclick, ...extra }, say(name)));
    p.pad = make("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": say("pad"),
      "aria-describedby": "keys",
      onkeydown: (event) => this.#key(event),
      onpointerdown: (event) => this.#down(event),
      onpointermove: (event) => this.#move(event),
      onpointerup: () => this.#up(),
      onpointercancel: () => this.#up(),
      onfocus: () => this.#soon(),
      onblur: () => this.#up(),
    });
    p.hint = make("span", { class: "hint", "aria-hidden": "true" }, say("draw"));
    p.stage = make("canvas", { role: "img" });
    p.count = document.createTextNode("");
    p.name = make("bdi", { class: "name" });
    p.value = make("span");
    p.note = make("p", { class: "note", hidden: true });
    p.live = make("p", { class: "sr", role: "status", "aria-live": "polite" });
    p.list = make("dl");
    p.saved = make("p", { class: "saved", role: "status", hidden: true });
    this.page = new Uint8Array(PAGE * PAGE);
    const examples = net.examples.map((example, k) => {
      const label = say("example", { digit: example.label });
      const canvas = make("canvas", { "aria-hidden": "true" });
      if (net.side) paint(canvas, example.pixels, net.side);
      return make("button", { type: "button", class: "eg", "aria-label": label, title: label, onclick: () => this.example(k) }, canvas);
    });
    const legend = make("p", { class: "legend" }, p.count, make("span", { class: "up" }, say("raises")), " ", make("span", { class: "low" }, say("lowers")));
    const total = net.layers.reduce((sum, { w }) => sum + w.length, 0);
    const drawn = net.layers.reduce((sum, { w }) => sum + Math.min(w.length, MOST_LINES), 0);
    p.count.data = `${drawn < total ? say("strongest", { drawn, total }) : say("lines", { count: total })} `;
    this.pointer = pointer(this, p.stage);
    const stage = make("div", { class: "net" }, p.stage, legend, this.pointer.card);
    const card = this.shadowRoot.firstChild;
    if (net.side) {
      const film = button("film", () => this.#film(), { class: "film" });
      const draw = [
        make("div", { class: "row" }, film, this.pointer.fields),
        p.saved,
        make("p", { class: "keys", id: "keys" }, say("keys")),
        make("details", {}, make("summary", {}, say("numbers")), p.list),
      ];
      card.replaceChildren(
        ...this.#ways(draw),
        make("div", { class: "pad" }, p.pad, p.hint),
        make(
          "div",
          { class: "side" },
          make("div", { class: "answer" }, p.name, p.value, p.note),
          button("undo", () => this.undo()),
          button("clear", () => this.clear()),
        ),
        stage,
        make(
          "div",
          { class: "tools" },
          button("pen", () => this.#tool(false)),
          button("eraser", () => this.#tool(true)),
          make("div", { class: "all" }, ...examples),
        ),
        ...this.ways.map(({ panel }) => panel),
        p.live,
      );
    } else card.replaceChildren(make("p", { class: "error wide" }, say("vector", { count: net.sizes[0] })), stage);
    this.light = new Light(net, p.stage, this.language);
    this.observer = new ResizeObserver(() => {
      const width = p.stage.clientWidth;
      if (!width || (width === this.light.width && devicePixelRatio === this.seen)) return;
      this.seen = devicePixelRatio;
      const height = Math.round(Math.min(460, Math.max(216, width * 0.62)));
      this.light.resize(width, height, getComputedStyle(p.stage).fontFamily);
      p.pad.width = p.pad.height = Math.round(p.pad.clientWidth * Math.min(3, devicePixelRatio)) || 1;
      this.redraw();
    });
    this.observer.observe(p.stage);
    if (net.side) this.#tool(false);
    this.#read();
    this.#announce();
  }

  // The tabs, if there is more than drawing to do; their panels are made when they are first shown.
  #ways(draw) {
    const { network: net, say } = this;
    const several = Object.keys(net.more).length > 0;
    this.ways = WAYS.filter(([, make_, wanted]) => !make_ || (several && wanted.every((name) => net.more[name]))).map(
      ([name, make_], k) => ({
        name,
        make_,
        tab: make("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name, onclick: () => this.show(name) }, say(name)),
        panel: make("div", { class: "panel", id: name, hidden: k > 0, ...(several && { role: "tabpanel", "aria-labelledby": `tab-${name}` }) }, ...(k ? [] : draw)),
        own: k ? null : {},
      }),
    );
    const tabs = make("div", { class: "tabs", role: "tablist", "aria-label": say("ways"), onkeydown: (event) => this.#turn(event) }, ...this.ways.map(({ tab }) => tab));
    this.#mark("drawing");
    return several ? [tabs] : [];
  }

  #mark(name) {
    for (const way of this.ways) {
      const here = way.name === name;
      way.tab.setAttribute("aria-selected", here);
      way.tab.tabIndex = here ? 0 : -1;
      way.panel.hidden = !here;
    }
  }

  #turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -9, End: 9 }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = this.ways.length - 1;
    const here = this.ways.findIndex(({ tab }) => tab.tabIndex === 0);
    const next = Math.abs(step) > 1 ? (step > 0 ? last : 0) : (here + step + last + 1) % (last + 1);
    this.ways[next].tab.focus();
    this.show(this.ways[next].name);
  }

  /** Show a way: "drawing", "epochs", "teach", "knob" or "train". */
  show(name) {
    const way = this.ways.find((one) => one.name === name);
    if (!way) return;
    this.panel.close?.();
    this.#mark(name);
    way.tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    way.own ??= way.make_(this, way.panel);
    this.panel = way.own;
    const { examples } = this.network;
    if (this.panel.example && !this.reading && examples.length) this.example(Math.min(3, examples.length - 1));
    this.changed();
  }

  /** Something else than the drawing changed: draw it all in the next frame. */
  changed() {
    this.#soon();
    this.#later();
  }

  /** The activations of all layers for an input: an array of Float64Arrays, the input first. */
  forward(values) {
    return forward(this.network.layers, values);
  }

  /** What the cost of one example, (a - y)^2 summed, changes with: {cost, slopes, gradient}. */
  backward(values, target) {
    const { layers } = this.network;
    const [sums, gradient] = [[], blank(layers)];
    const { cost, slopes } = backward(layers, forward(layers, values, sums), sums, target, gradient);
    return { cost, slopes, gradient };
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
    const { side, examples } = this.network;
    const shown = this.#shown();
    return shown ? png(examples[shown.example].pixels, side) : png(this.page, PAGE);
  }

  #shown() {
    const last = this.#ops.at(-1);
    return last?.example === undefined ? null : last;
  }

  // --- Drawing ---

  #tool(erase) {
    this.#erase = erase;
    this.parts.pen.setAttribute("aria-pressed", !erase);
    this.parts.eraser.setAttribute("aria-pressed", erase);
  }

  get #radius() {
    const pen = parseFloat(this.getAttribute("pen"));
    return ((pen > 0.005 && pen <= 0.3 ? pen : 0.08) * PAD) / 2;
  }

  #begin(x, y, erase) {
    this.#up();
    this.#open = { erase, points: [x, y], radius: this.#radius * (erase ? 1.8 : 1) };
    this.#ops.push(this.#open);
    this.#segment(x, y, x, y, this.#open);
    this.#changed();
  }

  #segment(ax, ay, bx, by, { radius, erase }) {
    stroke(this.page, ax, ay, bx, by, radius, erase);
  }

  #extend(x, y) {
    const { points } = this.#open;
    const [ax, ay] = points.slice(-2);
    if (ax === x && ay === y) return;
    points.push(x, y);
    this.#segment(ax, ay, x, y, this.#open);
    this.#changed();
  }

  #up() {
    if (!this.#open) return;
    this.#open = null;
    this.#later();
  }

  #place(event) {
    const box = this.parts.pad.getBoundingClientRect();
    const clip = (v) => Math.min(PAD, Math.max(0, v * PAD));
    return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
  }

  #down(event) {
    if (!event.isPrimary || (event.button !== 0 && event.button !== 5)) return;
    this.parts.pad.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.#begin(...this.#place(event), this.#erase || event.button === 5);
  }

  #move(event) {
    if (!this.#open || event.pointerId !== this.pointer || !event.buttons) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.#extend(...this.#place(one));
  }

  #key(event) {
    const { key } = event;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const control = event.ctrlKey || event.metaKey;
    const low = key.toLowerCase();
    if (event.altKey || (control && low !== "z")) return;
    if (arrow) {
      const step = event.shiftKey ? 2.5 : 10;
      this.#at = this.#at.map((v, k) => Math.min(PAD, Math.max(0, v + step * arrow[k])));
      if (this.#open) this.#extend(...this.#at);
    } else if (key === " " || key === "Enter") {
      if (this.#open) this.#up();
      else this.#begin(...this.#at, this.#erase);
      this.parts.live.textContent = this.say(this.#open ? "down" : "up");
    } else if (low === "e") this.#tool(!this.#erase);
    else if (low === "z") this.undo();
    else if (key === "Delete" || key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    this.keyed = true;
    this.#soon();
  }

  #replay() {
    this.#open = null;
    const { page } = this;
    page.fill(0);
    const start = this.#ops.findLastIndex((op) => !op.points);
    for (const op of this.#ops.slice(Math.max(0, start))) {
      if (op.example !== undefined) {
        const { side, examples } = this.network;
        const { pixels } = examples[op.example];
        for (let i = 0; i < PAD * PAD; i++) {
          const [y, x] = [(i / PAD) | 0, i % PAD];
          page[(y + EDGE) * PAGE + x + EDGE] = pixels[((y * side) / PAD | 0) * side + ((x * side) / PAD | 0)];
        }
      } else if (op.points) {
        const q = op.points;
        for (let i = 0; i < q.length; i += 2) {
          const k = Math.max(0, i - 2);
          this.#segment(q[k], q[k + 1], q[i], q[i + 1], op);
        }
      }
    }
    this.#changed();
    this.#later();
  }

  undo() {
    this.#ops.pop();
    this.#replay();
  }

  clear() {
    if (this.#ops.length && !this.#ops.at(-1).clear) this.#ops.push({ clear: true });
    this.#replay();
  }

  example(k) {
    this.#ops.push({ example: k });
    this.#replay();
  }

  async #film() {
    const blob = await this.png();
    const sum = crc32(this.page).toString(16).padStart(8, "0").slice(0, 4);
    const file = `digit-${sum}.png`;
    const link = make("a", { href: URL.createObjectURL(blob), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    const model = this.getAttribute("model");
    const quoted = model && (/^[\w./-]+$/.test(model) ? model : `'${plain(model).replaceAll("'", "'\\''")}'`);
    const command = `litnet render LayerIntro --digit ${file}${quoted ? ` --model ${quoted}` : ""}`;
    this.parts.saved.replaceChildren(this.say("saved", { file }), make("code", { translate: "no" }, command));
    this.parts.saved.hidden = false;
  }

  // --- Reading ---

  #changed() {
    this.parts.saved.hidden = true;
    this.#later();
    this.#soon();
  }

  #soon() {
    if (!this.#undrawn) return;
    this.#undrawn = false;
    requestAnimationFrame(() => {
      this.#undrawn = true;
      this.redraw();
    });
  }

  // Says and tells once the drawing has rested.
  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#announce(), 600);
  }

  /** Prepare what is drawn, run the network, and draw it all: what happens once a frame. */
  redraw() {
    this.#read();
    const { light, panel, pointer: { at } } = this;
    panel.update?.(this.reading);
    if (light?.width) {
      light.net = this.net;
      const { marks = [], ...view } = panel.view ?? {};
      light.draw(this.reading?.activations ?? null, { ...view, marks: at ? [...marks, [...at, "#ffd166"]] : marks });
      if (at) this.pointer.show(at);
    }
    if (this.network.side) this.#paint();
  }

  #read() {
    const { parts: p } = this;
    const net = (this.net = this.panel.net ?? this.network);
    if (!net.side) return;
    const empty = !this.#ops.length || !!this.#ops.at(-1).clear;
    let note = "";
    this.reading = null;
    try {
      if (!empty) {
        const shown = this.#shown();
        const { values, digits } = shown
          ? { values: Float64Array.from(net.examples[shown.example].pixels, (v) => v / 255), digits: 1 }
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
    const { name, confidence } = this.reading ?? {};
    p.name.textContent = name ?? "";
    p.name.classList.toggle("long", name?.length > 3);
    p.value.textContent = name === undefined ? (empty ? this.say("nothing") : "") : this.say("activation", { activation: number(confidence, this.language) });
    p.note.textContent = note;
    p.note.hidden = !note;
    p.hint.hidden = !empty;
    p.undo.disabled = !this.#ops.length;
    p.clear.disabled = empty;
    p.film.disabled = !this.reading;
  }

  #paint() {
    const { pad } = this.parts;
    const c = pad.getContext("2d");
    const grey = new Uint8Array(PAD * PAD);
    for (let y = 0; y < PAD; y++) grey.set(this.page.subarray((y + EDGE) * PAGE + EDGE, (y + EDGE) * PAGE + EDGE + PAD), y * PAD);
    this.sketch ??= document.createElement("canvas");
    paint(this.sketch, grey, PAD);
    c.drawImage(this.sketch, 0, 0, pad.width, pad.height);
    if (this.keyed && this.shadowRoot.activeElement === pad) {
      const [x, y] = this.#at.map((v) => (v / PAD) * pad.width);
      const r = (this.#radius * pad.width) / PAD;
      for (const [style, wide] of [["#000", 5], ["#ffd166", 2.5]]) {
        c.strokeStyle = style;
        c.lineWidth = (wide * pad.width) / PAD;
        c.setLineDash(this.#open ? [] : [c.lineWidth * 2, c.lineWidth * 2]);
        c.beginPath();
        c.arc(x, y, r, 0, 7);
        c.stroke();
      }
    }
  }

  #announce() {
    const { network: net, parts: p, reading, language } = this;
    if (!net.side || this.#open) return;
    const text = reading
      ? this.say("reads", { answer: reading.name, activation: number(reading.confidence, language) })
      : p.note.textContent || this.say("nothing");
    p.live.textContent = reading && p.note.textContent ? `${text} ${p.note.textContent}` : text;
    const label = this.say("network", { sizes: net.sizes.map((n) => n.toLocaleString(language)).join(", ") });
    p.stage.setAttribute("aria-label", reading ? `${label} ${text}` : label);
    p.list.replaceChildren();
    if (!reading) return;
    const { activations, values } = reading;
    const out = activations.at(-1);
    p.list.append(make("dt", {}, this.say("inputs", { count: values.reduce((n, v) => n + (v > 0), 0), total: values.length })));
    activations.slice(1, -1).forEach((a, k) => p.list.append(make("dt", {}, this.say("layer", { layer: k + 2 })), make("dd", {}, Array.from(a, (v) => number(v, language)).join("  "))));
    const order = [...out.keys()];
    if (out.length > 20) order.sort((i, j) => out[j] - out[i]).splice(10);
    const outputs = make("dd");
    for (const i of order) outputs.append(make("bdi", {}, net.classes[i]), ` ${number(out[i], language)}   `);
    p.list.append(make("dt", {}, out.length > 20 ? this.say("brightest", { shown: 10, total: out.length }) : this.say("outputs")), outputs);
    this.dispatchEvent(new CustomEvent("litnet:read", { bubbles: true, composed: true, detail: reading }));
  }
}

if (!customElements.get("lit-network")) customElements.define("lit-network", LitNetwork);
