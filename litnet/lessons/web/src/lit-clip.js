// <lit-clip>: makes a plain <video> a clip that one can ask, step through and be asked by.
// docs/lit-clip.md describes attributes, keys and events; docs/quiz.md the questions.
//
// Its parts stand in clip/, one idea each. What they share is one object for each clip; names that
// end in _ are shortened by the minifier. It has to stay small: what can be made ready (titles,
// frames, what a question reports) is in the data that litnet writes.

import { ask } from "./clip/ask.js";
import { captions } from "./clip/captions.js";
import { CLIPS, calm, load, make, write } from "./clip/dom.js";
import { keys } from "./clip/keys.js";
import { MARKUP } from "./clip/markup.js";
import { questions } from "./clip/questions.js";
import STYLE from "./clip/style.css";
import { time } from "./clip/time.js";
import { timeline } from "./clip/timeline.js";
import { words } from "./clip/words.js";

// The parts whose names are those of others, or that have no key.
const NAMED = { start: "play", bar: "chapters", text: "transcript", speed: "speed", language: "language", over: "ask" };

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
const mould = make("template", { innerHTML: MARKUP }); // parsed once for all clips

const build = (host) => {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(mould.content.cloneNode(true));
  const ui = Object.fromEntries([...root.querySelectorAll("[class]")].map((one) => [one.classList[0], one]));
  const clip = { host_: host, root_: root, ui_: ui };
  let stop; // while it is in a page
  let controls; // whether the plain video had any

  clip.tell_ = (type, detail) =>
    host.dispatchEvent(new CustomEvent(`litnet:${type}`, { detail, bubbles: true, composed: true }));
  clip.name_ = (part, word) => {
    const { key } = part.dataset;
    part.ariaLabel = clip.say_(word);
    part.title = part.ariaLabel + (key ? ` (${key})` : "");
  };
  words(clip);
  keys(clip);
  // What each part does when the clip's data are there, and in every frame.
  const parts = [time, timeline, captions, ask, questions].map((part) => part(clip));
  clip.show_ = () => clip.data_ && parts.forEach(([, show]) => show());

  const begin = () => {
    end();
    stop = new AbortController();
    const { signal } = stop;
    const on = (target, types, listener) => types.split(" ").forEach((type) =>
      target.addEventListener(type, listener, { signal, capture: true }));
    on(ui.film, "slotchange", () => host.querySelector("video") !== clip.video_ && begin());
    const video = (clip.video_ = host.querySelector("video"));
    clip.language_ = host.closest("[lang]")?.lang || navigator.language;
    if (!video) return;
    ui.film.style.setProperty("--w", video.getAttribute("width") / video.getAttribute("height") || 16 / 9);
    ui.stage.classList.toggle("soon", host.hasAttribute("data-src"));
    if (calm.matches && video.autoplay) {
      video.autoplay = false;
      video.load(); // the poster again
    }
    const broken = () => {
      // A busy browser has no source yet for a while: what it says then is taken back.
      write(ui.say, video.error || video.networkState === 3 ? clip.say_("broken") : "");
    };
    on(video, "loadstart loadedmetadata", broken);
    on(host, "error", () => setTimeout(broken));
    broken();
    const near = new IntersectionObserver(([seen]) => {
      if (!seen.isIntersecting) return;
      near.disconnect();
      if (video.preload === "none") video.preload = "metadata";
      Promise.all(["data-src", "quiz", "words"].map((name) => load(host.getAttribute(name))))
        .then(() => signal.aborted || enrich(on));
    }, { rootMargin: "400px" });
    near.observe(host);
  };
  const end = () => {
    stop?.abort();
    if (clip.data_) {
      clip.leave_();
      clip.close_();
      clip.disarm_();
      CLIPS.delete(clip);
      if (clip.video_) clip.video_.controls = controls;
    }
    ui.chrome.hidden = ui.start.hidden = ui.line.hidden = true;
    clip.data_ = null;
    write(ui.say);
  };

  // The clip's data are what makes the plain video richer.
  const enrich = (on) => {
    const { video_: video } = clip;
    const given = host.data ?? globalThis.litnetClips?.[host.getAttribute("name")];
    ui.stage.classList.remove("soon");
    if (given?.schema !== 3) return;
    clip.data_ = given;
    clip.beats_ = given.beats;
    clip.rate_ = given.frame_rate[0] / given.frame_rate[1];
    for (const name in ui) if (NAMED[name] || ui[name].dataset.key) clip.name_(ui[name], NAMED[name] ?? name);
    ui.ask.replaceChildren(ui.ask.firstChild, clip.say_("ask"));
    controls = video.controls;
    video.controls = false;
    CLIPS.add(clip);
    parts.forEach(([begin]) => begin(on));
    ui.chrome.hidden = false;
    on(video, "timeupdate seeking seeked ratechange pause", clip.show_);
    on(host, "keydown", clip.press_);
    clip.show_();
  };

  Object.assign(host, { begin_: begin, end_: end, clip_: clip });
};

if (!customElements.get("lit-clip")) customElements.define("lit-clip", class extends HTMLElement {
  static observedAttributes = ["name", "data-src", "quiz", "lang"];
  constructor() {
    super();
    build(this);
  }
  connectedCallback() { this.begin_(); }
  disconnectedCallback() { this.end_(); }
  attributeChangedCallback() { if (this.isConnected) this.begin_(); }
  /** What the learner has so far: points, of which a right answer gives 1, or 0.5 after a wrong one. */
  get score() { return this.clip_.score_(); }
  /** What was answered, {question: {attempts, score}}; the score of one that was skipped is null. */
  get answers() { return this.clip_.given_(); }
  set answers(given) { this.clip_.give_(given); }
  /** Go back to the part of the film that a question is about. */
  review(question) { this.clip_.review_(question); }
  /** Forget the answers; every question is asked again. */
  reset() { this.clip_.reset_(); }
});
