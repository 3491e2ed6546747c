// <lit-clip>: makes a plain <video> a clip that one can ask, step through and be asked by.
// docs/lit-clip.md describes attributes, keys and events; docs/quiz.md the questions.

const WORDS = {
  chapters: ["Chapters", "장면"],
  prev: ["Previous chapter", "이전 장면"],
  next: ["Next chapter", "다음 장면"],
  captions: ["Captions", "자막"],
  speed: ["Speed", "속도"],
  ask: ["Ask the neuron", "뉴런에게 묻기"],
  transcript: ["Transcript", "대본"],
  keys: ["Keys", "단축키"],
  answer: ["Answer", "답하기"],
  skip: ["Skip", "건너뛰기"],
  go: ["Continue", "계속"],
  reset: ["Start over", "처음부터"],
  question: ["Question: ", "문제: "],
  score: ["{0} of {1} right", "{1}문제 중 {0}문제 정답"],
  number: ["Write a number.", "숫자를 적어 주세요."],
  choose: ["Choose an answer.", "답을 골라 주세요."],
  pick: ["Point at it in the picture, or use the arrow keys.", "그림에서 가리키거나 화살표 키로 고르세요."],
  right: ["Right. ", "정답! "],
  wrong: ["Not yet. ", "아직이에요. "],
  pixel: ["Pixel", "픽셀"],
  input: ["Input layer", "입력층"],
  hidden: ["Hidden layer {0}", "은닉층 {0}"],
  output: ["Output layer", "출력층"],
  place: ["row {0}, column {1}", "{0}행 {1}열"],
  neuron: ["neuron {0} of {1}", "뉴런 {1}개 중 {0}번째"],
  class: ["“{0}”", "“{0}”"],
  activation: ["activation {0}", "활성값 {0}"],
  grey: ["brightness {0}", "밝기 {0}"],
  unlit: ["not lit yet", "아직 빛이 닿지 않음"],
  illustrative: ["illustrative: not computed by the network", "설명용: 신경망이 계산한 값이 아님"],
  reading: ["shown: {0}", "보여 준 것: {0}"],
  broken: ["This clip cannot be played.", "이 영상을 재생할 수 없습니다."],
  kPlay: ["play, pause", "재생, 멈춤"],
  kFrame: ["one frame", "한 프레임"],
  kBack: ["back to the film", "영상으로 돌아가기"],
};
const KEYS = [
  ["Space K", "kPlay"], ["← →", "5 s"], ["J L", "10 s"], [", .", "kFrame"], ["[ ] 1–9", "chapters"],
  ["C", "captions"], ["A", "ask"], ["T", "transcript"], ["Esc", "kBack"],
];
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{display:block;font-size:.9375rem;line-height:1.45;
--a:var(--litnet-accent,light-dark(#8a5a00,#ffd166));--s:var(--litnet-surface,light-dark(#f4f5f7,#191c20));
--t:var(--litnet-text,light-dark(#1b1f24,#eceff3));--l:var(--litnet-line,light-dark(#858d96,#757d87))}
[hidden]{display:none!important}*{box-sizing:border-box}
.film{position:relative;background:#000;border-radius:var(--litnet-radius,8px);overflow:hidden}
::slotted(video){display:block;width:100%;height:auto;background:#000}
.over{position:absolute;cursor:crosshair;touch-action:pan-y pinch-zoom;outline-offset:-3px}
svg{display:block;width:100%;height:100%}
.film path{fill:none;stroke:#000;stroke-width:5;vector-effect:non-scaling-stroke}
.film path+path{stroke:#ffd166;stroke-width:2.5}
.film text{fill:#ffd166;stroke:#000;stroke-width:.3em;paint-order:stroke;font-weight:600}
.say{margin:.6em 0;min-height:1.45em;font-variant-numeric:tabular-nums}.say:empty{display:none}
button,select,input{font:inherit;color:inherit}
button,select{min-height:44px;min-width:44px;padding:0 .7em;border:0;border-radius:8px;background:none;cursor:pointer}
select{background:var(--s);color:var(--t);padding:0 .3em}
button:hover{background:color-mix(in srgb,currentColor 10%,transparent)}
:focus-visible{outline:2px solid var(--a);outline-offset:1px}
[aria-pressed=true],[aria-expanded=true]{box-shadow:inset 0 -2px var(--a)}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:2px}.now{flex:1;margin:0;min-width:8em;padding:0 .4em}
ol{list-style:none;margin:0;padding:0}
.bar{display:flex;gap:3px}.bar li{min-width:24px}
.bar button{width:100%;min-width:24px;padding:0;position:relative;display:block;border-radius:4px}
.bar button:hover{background:none}
.bar i{display:block;height:4px;border-radius:2px;overflow:hidden;background:var(--l)}
.bar button:hover i,.bar [aria-current] i{height:6px}
.bar b{display:block;height:100%;width:var(--p,0%);background:var(--a)}
.bar u{position:absolute;right:0;top:10px;width:6px;height:6px;border-radius:50%;background:var(--a)}
.text{max-height:15em;overflow:auto;overscroll-behavior:contain;position:relative;border-top:1px solid var(--l)}
.text button{display:flex;gap:1em;width:100%;text-align:start;padding:.6em .7em;border-radius:0}
.text time{font-variant-numeric:tabular-nums;min-width:2.6em}
.text [aria-current]{box-shadow:inset 3px 0 var(--a);font-weight:600}
.keys{display:grid;grid-template-columns:auto 1fr;gap:.3em 1.2em;margin:.4em .7em}dd{margin:0}
dt{font-weight:600}
.quiz{margin:.7em 0;padding:1.1em 1.2em;border-radius:var(--litnet-radius,8px);background:var(--s);color:var(--t)}
.q{margin:0 0 .7em;font-size:1.1em;font-weight:600;border-radius:2px}
.q,.told,.text span,.now,label span{unicode-bidi:isolate;overflow-wrap:anywhere}
.body label{display:flex;gap:.7em;align-items:center;min-height:44px;padding:.3em .6em;border-radius:6px;cursor:pointer}
.body label:hover{background:color-mix(in srgb,currentColor 7%,transparent)}
.body input[type=radio]{width:1.2em;height:1.2em;margin:0;accent-color:var(--a);flex:none}
.body input[type=text]{width:10em;max-width:100%;height:44px;padding:0 .7em;border:1px solid var(--l);border-radius:6px;background:none}
.body p{margin:0}.told{margin:.7em 0}.told:empty{margin:.3em}
.told.y{color:var(--litnet-right,light-dark(#14692c,#7bd88f))}.told.n{color:var(--litnet-wrong,light-dark(#b02a20,#ff8f82))}
.main{background:var(--t);color:var(--s);padding:0 1.3em;font-weight:600}.main:hover{background:var(--t)}
.score{margin-inline-start:auto;padding:0 .5em}
@media(forced-colors:active){.bar i,.bar b,.bar u{forced-color-adjust:none}.bar i{background:GrayText}.bar b,.bar u{background:Highlight}
.quiz,.main{border:1px solid}[aria-pressed=true],[aria-expanded=true],.text [aria-current]{outline:2px solid Highlight;outline-offset:-2px}}`);

const template = document.createElement("template");
template.innerHTML = `<div class=film><slot></slot><div class=over role=application tabindex=0 hidden><svg aria-hidden=true><path/><path/><text/></svg></div></div>
<p class=say role=status></p>
<form class=quiz hidden novalidate><p class=q id=q tabindex=-1></p><div class=body></div><p class=told role=status></p>
<div class=row><button class=main></button><button type=button class=skip></button><span class=score></span><button type=button class=reset hidden></button></div></form>
<div class=chrome hidden><ol class=bar></ol><div class=row><button class=prev>‹</button><button class=next>›</button><p class=now></p>
<button class=captions></button><select class=speed></select><button class=ask></button><button class=transcript></button><button class=keys-b>?</button></div>
<ol class=text hidden></ol><dl class=keys hidden></dl></div>`;

const scripts = new Map(); // loaded once, whatever the number of elements
const tracks = new WeakMap(); // video -> its tracks, which cannot be taken away again

const load = (source) => {
  const url = new URL(source, document.baseURI).href;
  if (!scripts.has(url)) {
    scripts.set(url, new Promise((done, fail) => {
      const script = make("script", { src: url });
      script.onload = done;
      script.onerror = () => (scripts.delete(url), fail());
      document.head.append(script);
    }));
  }
  return scripts.get(url);
};
const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};
const plain = (text) => String(text ?? "").replace(BIDI, "");
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const shown = (v) => (v && Math.abs(v) < 0.0005 ? v.toPrecision(2) : String(+v.toFixed(3)));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class LitClip extends HTMLElement {
  static observedAttributes = ["name", "data-src", "quiz", "lang", "transcript"];
  #given = {};
  #done = new Map(); // question's id -> {attempts, score}; score is null where it was skipped
  #data = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(template.content.cloneNode(true));
    this.shadowRoot.adoptedStyleSheets = [sheet];
    for (const name of ["data", "questions"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  get data() { return this.#data; }
  set data(data) { this.#given.data = data; this.#restart(); }
  get questions() { return this.#questions; }
  set questions(questions) { this.#given.questions = questions; this.#restart(); }

  #questions = [];
  #$ = (selector) => this.shadowRoot.querySelector(selector);
  #say = (word, ...parts) =>
    WORDS[word][this.#korean ? 1 : 0].replace(/\{(\d)\}/g, (_, n) => parts[n]);
  get #korean() { return /^ko\b/i.test(this.#language); }
  get #language() {
    let node = this;
    while (node) {
      const found = node.closest("[lang]");
      if (found) return found.lang;
      node = node.getRootNode().host;
    }
    return navigator.language || "en";
  }

  connectedCallback() { this.#begin(); }
  disconnectedCallback() { this.#end(); }
  attributeChangedCallback(name, old, value) { if (old !== value) this.#restart(); }
  #restart() { if (this.#stop) { this.#end(); this.#begin(); } }

  #stop = null;
  #video = null;
  #begin() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const video = (this.#video = this.querySelector("video"));
    const slot = this.#$("slot");
    slot.addEventListener("slotchange", () => {
      if (this.querySelector("video") !== this.#video) this.#restart();
    }, { signal });
    if (!video) return;
    if (calm.matches && video.autoplay) {
      video.autoplay = false;
      video.pause();
      video.load(); // the poster again
    }
    const broken = () => {
      if (video.error || video.networkState === 3) this.#$(".say").textContent = this.#say("broken");
    };
    this.addEventListener("error", () => setTimeout(broken), { capture: true, signal });
    broken();
    const ready = () => {
      if (!signal.aborted) this.#enrich(signal);
    };
    const fetch = () => {
      near.disconnect();
      const wanted = [];
      if (this.dataset.src && !this.#given.data) wanted.push(this.dataset.src);
      if (this.getAttribute("quiz") && !this.#given.questions) wanted.push(this.getAttribute("quiz"));
      Promise.allSettled(wanted.map(load)).then(ready);
    };
    const near = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) fetch();
    }, { rootMargin: "400px" });
    near.observe(this);
    signal.addEventListener("abort", () => near.disconnect());
    for (const type of ["pointerdown", "focusin"]) this.addEventListener(type, fetch, { once: true, signal });
    video.addEventListener("play", fetch, { once: true, signal });
    if (this.#given.data) ready();
  }
  #end() {
    this.#stop?.abort();
    this.#stop = null;
    this.#leave();
    this.#close(false);
    for (const track of Object.values(tracks.get(this.#video) ?? {})) {
      for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
      track.mode = "disabled";
    }
    this.#$(".chrome").hidden = true;
    this.#data = null;
    this.#$(".say").textContent = "";
  }

  // --- the clip's data: what makes the plain video richer ---
  #enrich(signal) {
    const name = this.getAttribute("name");
    const data = this.#given.data ?? globalThis.litnetClips?.[name];
    if (this.#data || data?.schema !== 1 || !data.beats?.length) return;
    this.#data = data;
    const asked = this.#given.questions ?? globalThis.litnetQuizzes?.[name];
    this.#questions = (Array.isArray(asked) ? asked : []).filter(
      (q) => ["choice", "number", "neuron"].includes(q.kind) && q.frame < data.frames);
    this.#rate = data.frame_rate[0] / data.frame_rate[1];
    const video = this.#video;
    const words = data.tracks?.[this.#language.split("-")[0]] ?? data.tracks?.[data.language] ?? {};
    this.#titles = data.beats.map((beat, i) => plain(words.beats?.[i] ?? beat.title));
    this.#cues = words.cues ?? [];
    this.#chrome();
    this.#tracks(video);
    const on = (target, types, listener, more) => types.split(" ").forEach((type) =>
      target.addEventListener(type, listener, { signal, ...more }));
    const $ = this.#$;
    on(video, "timeupdate seeking seeked", () => this.#follow());
    on(video, "seeked pause", () => this.#stopped());
    on(video, "ended", () => this.#due(this.#questions.find((q) => !this.#done.has(q.id) && q.frame >= data.frames - 2), true));
    on(video, "play", () => {
      this.#leave();
      if (this.#question) this.#skip(false);
    });
    on(video, "ratechange", () => { $(".speed").value = String(video.playbackRate); });
    on(video.textTracks, "change", () => this.#marks());
    on(this, "keydown", (event) => this.#key(event), { capture: true });
    on($(".prev"), "click", () => this.#step(-1));
    on($(".next"), "click", () => this.#step(1));
    on($(".captions"), "click", () => this.#toggle("captions"));
    on($(".ask"), "click", () => this.#toggle("ask"));
    on($(".transcript"), "click", () => this.#toggle("transcript"));
    on($(".keys-b"), "click", () => this.#toggle("keys"));
    on($(".speed"), "change", () => { video.playbackRate = +$(".speed").value; });
    on($(".quiz"), "submit", (event) => {
      event.preventDefault();
      this.#answer();
    });
    on($(".skip"), "click", () => this.#skip(true));
    on($(".reset"), "click", () => this.reset());
    const over = $(".over");
    on(over, "pointermove pointerdown", (event) => this.#point(event));
    const size = new ResizeObserver(() => this.#fit());
    size.observe(video);
    signal.addEventListener("abort", () => size.disconnect());
    this.#follow();
    this.#marks();
  }
  #rate = 60;
  #titles = [];
  #cues = [];

  #chrome() {
    const $ = this.#$;
    const { beats, duration } = this.#data;
    $(".chrome").hidden = false;
    for (const word of ["prev", "next", "speed", "keys"]) {
      const element = $(word === "keys" ? ".keys-b" : `.${word}`);
      element.ariaLabel = element.title = this.#say(word);
    }
    for (const word of ["captions", "ask", "transcript", "skip", "reset"]) $(`.${word}`).textContent = this.#say(word);
    $(".ask").hidden = !this.#snapshots().length;
    $(".bar").ariaLabel = this.#say("chapters");
    $(".bar").replaceChildren(...beats.map((beat, i) => {
      const button = make("button", { ariaLabel: `${i + 1}. ${this.#titles[i]}`, title: this.#titles[i] },
        make("i", {}, make("b")));
      button.onclick = () => this.#chapter(i);
      const item = make("li", {}, button);
      item.style.flex = `${Math.max(beat.end - beat.start, duration / 100)} 1 24px`;
      return item;
    }));
    $(".text").ariaLabel = this.#say("transcript");
    $(".text").replaceChildren(...this.#cues.map((cue) => {
      const button = make("button", {}, make("time", { textContent: clock(cue.start) }),
        make("span", { textContent: plain(cue.text).replace(/\s+/g, " ") }));
      button.onclick = () => this.#seek(Math.ceil(cue.start * this.#rate - 1e-3));
      return make("li", {}, button);
    }));
    $(".text").hidden = !this.hasAttribute("transcript");
    $(".transcript").hidden = !this.#cues.length;
    $(".speed").replaceChildren(...[0.5, 0.75, 1, 1.25, 1.5, 2].map((rate) =>
      make("option", { value: String(rate), textContent: `${rate}×` })));
    $(".speed").value = String(this.#video.playbackRate);
    $(".keys").replaceChildren(...KEYS.flatMap(([keys, word]) =>
      [make("dt", { textContent: keys }), make("dd", { textContent: WORDS[word] ? this.#say(word) : word })]));
  }

  #tracks(video) {
    let own = tracks.get(video);
    if (!own) tracks.set(video, (own = {}));
    const language = this.#korean ? "ko" : "en";
    const captions = (own[language] ??= video.addTextTrack("captions", this.#korean ? "한국어" : "English", language));
    const metadata = (own.quiz ??= video.addTextTrack("metadata"));
    for (const track of video.textTracks) {
      if (/captions|subtitles/.test(track.kind)) track.mode = "disabled";
    }
    metadata.mode = "hidden";
    // The film has its own language's words in the picture.
    captions.mode = language === this.#data.language ? "hidden" : "showing";
    for (const cue of this.#cues) {
      const text = plain(cue.text).replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
      captions.addCue(new VTTCue(cue.start, cue.end, text));
    }
    for (const question of this.#questions) {
      const end = (question.frame + 0.5) / this.#rate;
      const cue = new VTTCue(Math.max(0, end - 0.3), end, "");
      cue.id = question.id;
      cue.pauseOnExit = !this.#done.has(question.id);
      cue.onexit = () => {
        const late = video.currentTime - end;
        if (late > -0.01 && late < 0.3 && !video.seeking && cue.pauseOnExit) this.#due(question, true);
      };
      metadata.addCue(cue);
    }
    this.#captions = captions;
    this.#metadata = metadata;
  }
  #captions = null;
  #metadata = null;

  // --- time: always whole frames, sought at their middle ---
  get #frame() { return Math.floor(this.#video.currentTime * this.#rate + 1e-3); }
  #seek(frame) {
    frame = Math.min(Math.max(frame, 0), this.#data.frames - 1);
    this.#video.currentTime = (frame + 0.5) / this.#rate;
  }
  #first = (i) => Math.round(this.#data.beats[i].start * this.#rate);
  #last = (i) => Math.round(this.#data.beats[i].end * this.#rate) - 1;
  get #beat() {
    const i = this.#data.beats.findIndex((_, k) => this.#frame <= this.#last(k));
    return i < 0 ? this.#data.beats.length - 1 : i;
  }
  #chapter(i) {
    this.#leave();
    this.#close(false);
    if (calm.matches) this.#video.pause();
    this.#seek(calm.matches ? this.#last(i) : this.#first(i));
  }
  #step(by) {
    const { beats } = this.#data;
    const frame = this.#frame;
    const far = calm.matches ? this.#last : this.#first;
    let i = beats.findIndex((_, k) => far(k) > frame);
    if (by < 0) {
      i = beats.findLastIndex((_, k) => far(k) < frame - (calm.matches || this.#video.paused ? 0 : this.#rate));
      i = Math.max(i, 0);
    }
    if (i >= 0) this.#chapter(i);
  }
  #follow() {
    if (!this.#data) return;
    const { beats } = this.#data;
    const now = this.#video.currentTime;
    const beat = this.#beat;
    [...this.#$(".bar").children].forEach(({ firstChild: button }, i) => {
      const done = Math.min(Math.max((now - beats[i].start) / (beats[i].end - beats[i].start), 0), 1);
      button.querySelector("b").style.setProperty("--p", `${100 * done}%`);
      this.#current(button, i === beat);
    });
    this.#$(".now").textContent = `${beat + 1}/${beats.length} ${this.#titles[beat]}`;
    const cue = this.#cues.findLastIndex((one) => one.start <= now + 1e-3);
    const box = this.#$(".text");
    [...box.children].forEach(({ firstChild: button }, i) => {
      const current = i === cue;
      if (current && !button.ariaCurrent) box.scrollTop = button.offsetTop - box.clientHeight / 3;
      this.#current(button, current);
    });
  }
  #current(element, yes) {
    if (yes) element.ariaCurrent = "true";
    else element.removeAttribute("aria-current");
  }
  #marks() {
    const $ = this.#$;
    $(".captions").ariaPressed = String(this.#captions?.mode === "showing");
    $(".ask").ariaPressed = String(!$(".over").hidden);
    $(".transcript").ariaExpanded = String(!$(".text").hidden);
    $(".keys-b").ariaExpanded = String(!$(".keys").hidden);
    this.#questions.forEach((question) => {
      const i = this.#data?.beats.findIndex((_, k) => question.frame <= this.#last(k));
      const button = $(".bar").children[i]?.firstChild;
      button?.querySelector("u")?.remove();
      if (this.#questions.some((q) => !this.#done.has(q.id) && q.frame <= this.#last(i) && q.frame >= this.#first(i))) button?.append(make("u"));
    });
  }
  #toggle(what) {
    if (what === "captions") this.#captions.mode = this.#captions.mode === "showing" ? "hidden" : "showing";
    else if (what === "ask") {
      if (this.#$(".over").hidden) this.#askNeuron();
      else {
        this.#leave();
        this.#stopped();
      }
    } else {
      const box = this.#$(what === "keys" ? ".keys" : ".text");
      box.hidden = !box.hidden;
      const line = box.querySelector("[aria-current]");
      if (line) box.scrollTop = line.offsetTop - box.clientHeight / 3;
    }
    this.#marks();
  }

  #key(event) {
    const { key } = event;
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const video = this.#video;
    const asking = target === this.#$(".over");
    if (key === "Escape" && !this.#$(".over").hidden) {
      this.#toggle("ask");
      this.#$(this.#question ? ".q" : ".ask").focus();
    } else if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    else if (asking && /^(Arrow|Page|Home|End)/.test(key)) this.#move(key);
    else if (asking && /^(Enter| )$/.test(key)) {
      if (this.#question && this.#picked) this.#answer();
    } else if (key === "k" || (key === " " && target.tagName !== "BUTTON")) {
      if (video.paused) video.play().catch(() => {});
      else video.pause();
    } else if (/^Arrow(Left|Right)$/.test(key)) this.#seek(this.#frame + Math.round(this.#rate * 5) * (key === "ArrowLeft" ? -1 : 1));
    else if (key === "j" || key === "l") this.#seek(this.#frame + Math.round(this.#rate * 10) * (key === "j" ? -1 : 1));
    else if (key === "," || key === ".") {
      video.pause();
      this.#seek(this.#frame + (key === "," ? -1 : 1));
    } else if (key === "[" || key === "]") this.#step(key === "[" ? -1 : 1);
    else if (/^[1-9]$/.test(key) && key <= this.#data.beats.length) this.#chapter(key - 1);
    else if (key === "c") this.#toggle("captions");
    else if (key === "a" && !this.#$(".ask").hidden) this.#toggle("ask");
    else if (key === "t") this.#toggle("transcript");
    else if (key === "?") this.#toggle("keys");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- ask the neuron ---
  #snapshots() {
    return (this.#data.snapshots ?? []).filter((s) => s.layers.some((l) => l.x.length));
  }
  #cells = [];
  #picked = null;
  #controls = false;
  #from = 0;
  #askNeuron() {
    const [first, last] = [this.#first(this.#beat), this.#last(this.#beat)];
    let near = this.#snapshots();
    const here = near.filter((s) => s.frame >= first && s.frame <= last);
    if (here.length) near = here;
    const far = (s) => Math.abs(s.frame - this.#frame);
    const snapshot = near.reduce((a, b) => (far(b) < far(a) ? b : a), near[0]);
    if (!snapshot) return;
    const over = this.#$(".over");
    over.hidden = false; // first, so that stopping there asks nothing
    this.#video.pause();
    this.#seek(snapshot.frame);
    this.#controls = this.#video.controls;
    this.#video.controls = false;
    this.#cells = snapshot.layers.flatMap((layer) => layer.x.map((x, i) => ({
      ...layer, x, y: layer.y[i], value: layer.value[i], cell: layer.cell?.[i] ?? i })));
    this.#picked = null;
    this.#fixed = false;
    over.ariaLabel = this.#say("ask");
    this.#fit();
    this.#draw();
    this.#$(".say").textContent = this.#say("pick");
    over.focus({ preventScroll: true });
    this.#marks();
  }
  #fixed = false;
  #leave() {
    const over = this.#$(".over");
    if (over.hidden) return;
    over.hidden = true;
    this.#video.controls = this.#controls;
    this.#cells = [];
    this.#picked = null;
    this.#$(".say").textContent = "";
    if (this.#data) this.#marks();
  }
  #fit() {
    if (!this.#data) return;
    const over = this.#$(".over");
    const video = this.#video;
    const { objectFit } = getComputedStyle(video);
    const box = video.getBoundingClientRect();
    const frame = this.#$(".film").getBoundingClientRect();
    Object.assign(over.style, { left: `${box.x - frame.x}px`, top: `${box.y - frame.y}px`,
      width: `${box.width}px`, height: `${box.height}px` });
    const svg = this.#$("svg");
    svg.setAttribute("viewBox", `0 0 ${this.#data.width} ${this.#data.height}`);
    svg.setAttribute("preserveAspectRatio",
      objectFit === "fill" ? "none" : `xMidYMid ${objectFit === "cover" ? "slice" : "meet"}`);
    if (this.#picked) this.#draw();
  }
  #point(event) {
    if (event.type === "pointermove" && !event.buttons && (this.#fixed || event.pointerType !== "mouse")) return;
    const matrix = this.#$("svg").getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    // How far from the middle, as a share of the radius; a finger may miss by a little.
    const slack = 14 * matrix.a;
    let found = null;
    let best = Infinity;
    for (const cell of this.#cells) {
      const [dx, dy] = [Math.abs(cell.x - x), Math.abs(cell.y - y)];
      const far = cell.kind === "pixels" ? Math.max(dx, dy) : Math.hypot(dx, dy);
      if (far > cell.radius + slack) continue;
      const share = far <= cell.radius ? far / cell.radius : 1 + far - cell.radius;
      if (share <= best) [best, found] = [share, cell];
    }
    if (event.type === "pointerdown") {
      const same = this.#fixed && found && found === this.#picked;
      this.#fixed = Boolean(this.#question && found);
      if (same && this.#question) {
        this.#answer();
        return;
      }
    }
    if (found !== this.#picked) this.#pick(found);
  }
  #move(key) {
    const cells = this.#cells;
    const now = this.#picked;
    let to;
    if (/Page/.test(key) && now) {
      const layers = [...new Set(cells.map((c) => c.layer))].sort((a, b) => a - b);
      const layer = layers[layers.indexOf(now.layer) + (key === "PageUp" ? -1 : 1)];
      to = cells.find((c) => c.layer === layer);
    } else if (key === "End") to = cells.at(-1);
    else if (!now || key === "Home") to = cells[0];
    else {
      let best = Infinity;
      for (const cell of cells) {
        const [dx, dy] = [cell.x - now.x, cell.y - now.y];
        const [along, across] = { ArrowLeft: [-dx, dy], ArrowRight: [dx, dy], ArrowUp: [-dy, dx], ArrowDown: [dy, dx] }[key] ?? [0, 0];
        const far = along + 4 * Math.abs(across);
        if (along > 0.5 && far < best) [best, to] = [far, cell];
      }
    }
    this.#fixed = true;
    if (to) this.#pick(to);
  }
  #pick(cell) {
    this.#picked = cell;
    this.#draw();
    this.#$(".say").textContent = cell ? this.#told(cell) : "";
    if (cell) this.#tell("neuron", { layer: cell.layer, cell: cell.cell, kind: cell.kind, value: cell.value, illustrative: Boolean(cell.illustrative), reading: cell.reading ?? null });
  }
  #draw() {
    const cell = this.#picked;
    const text = this.#$("svg text");
    const scale = this.#data.width / (this.#$(".over").clientWidth || 1);
    let path = "";
    if (cell) {
      const r = cell.radius + 2.5 * scale;
      path = cell.kind === "pixels"
        ? `M${cell.x - r} ${cell.y - r}h${2 * r}v${2 * r}h${-2 * r}z`
        : `M${cell.x - r} ${cell.y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      const left = cell.x > this.#data.width * 0.8;
      text.setAttribute("x", cell.x + (left ? -1 : 1) * (r + 5 * scale));
      text.setAttribute("y", cell.y + 5 * scale);
      text.setAttribute("text-anchor", left ? "end" : "start");
      text.setAttribute("font-size", 15 * scale);
    }
    text.textContent = cell && cell.value !== null ? shown(cell.value) : "";
    for (const one of this.shadowRoot.querySelectorAll(".film path")) one.setAttribute("d", path);
  }
  #told(cell) {
    const { sizes = [], columns, classes, readings } = this.#data;
    const output = cell.layer && cell.layer === sizes.length - 1;
    const parts = [cell.kind === "pixels" ? this.#say("pixel")
      : this.#say(!cell.layer ? "input" : output ? "output" : "hidden", cell.layer)];
    if (!cell.layer && columns) parts.push(this.#say("place", Math.floor(cell.cell / columns) + 1, (cell.cell % columns) + 1));
    else if (output && classes?.[cell.cell] != null) parts.push(this.#say("class", plain(classes[cell.cell])));
    else parts.push(this.#say("neuron", cell.cell + 1, sizes[cell.layer] ?? "?"));
    parts.push(cell.value === null ? this.#say("unlit")
      : this.#say(cell.kind === "pixels" ? "grey" : "activation", shown(cell.value)));
    const label = readings?.[cell.reading]?.label;
    if (label != null) parts.push(this.#say("reading", plain(label)));
    if (cell.illustrative) parts.push(this.#say("illustrative"));
    return parts.join(" · ");
  }

  // --- questions ---
  #question = null;
  #playing = false;
  #opened = 0;
  #back = null;
  #stopped() {
    const video = this.#video;
    if (!this.#data || !video.paused || video.seeking || !this.#$(".over").hidden || !video.currentTime) return;
    this.#due(this.#questions.find((q) => q.frame === this.#frame && !this.#done.has(q.id)), false);
  }
  #due(question, playing) {
    if (!question || this.#question || this.#done.has(question.id)) return;
    this.#question = question;
    this.#playing = playing && !calm.matches;
    const video = this.#video;
    video.pause();
    if (this.#frame !== question.frame) this.#seek(question.frame);
    this.#open(question);
  }
  #open(question) {
    const $ = this.#$;
    this.#opened = performance.now();
    $(".q").textContent = plain(question.text);
    const told = $(".told");
    told.textContent = told.className = "";
    told.className = "told";
    $(".main").textContent = this.#say("answer");
    $(".skip").hidden = false;
    const body = $(".body");
    body.removeAttribute("role");
    body.removeAttribute("aria-labelledby");
    if (question.kind === "choice") {
      body.setAttribute("role", "radiogroup");
      body.setAttribute("aria-labelledby", "q");
      body.replaceChildren(...question.choices.map((choice, i) => make("label", {},
        make("input", { type: "radio", name: "choice", value: String(i + 1) }), make("span", { textContent: plain(choice) }))));
    } else if (question.kind === "number") {
      const input = make("input", { type: "text", inputMode: "decimal", autocomplete: "off" });
      input.setAttribute("aria-labelledby", "q");
      body.replaceChildren(input);
    } else body.replaceChildren(make("p", { textContent: this.#say("pick") }));
    this.#back = this.shadowRoot.activeElement ?? (this.contains(document.activeElement) ? document.activeElement : null);
    $(".quiz").hidden = false;
    this.#scored();
    if (question.kind === "neuron") this.#askNeuron();
    const active = document.activeElement;
    if (!active || active === document.body || this.contains(active)) $(".q").focus();
    else $(".say").textContent = this.#say("question") + plain(question.text);
  }
  #answer() {
    const $ = this.#$;
    const q = this.#question;
    if (!q) return;
    const done = this.#done.get(q.id);
    if (done?.score > 0) {
      this.#close(true);
      return;
    }
    let response;
    let success;
    let complaint;
    if (q.kind === "choice") {
      response = $(".body input:checked")?.value;
      if (!response) complaint = "choose";
      success = +response === q.answer;
    } else if (q.kind === "number") {
      const text = $(".body input").value.trim().replace("−", "-");
      // 12,544 is a whole number with its thousands marked; 0,5 has a decimal comma.
      const written = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text) ? text.replaceAll(",", "") : text.replace(",", ".");
      response = Number(written);
      if (!text || !Number.isFinite(response)) complaint = "number";
      success = Math.abs(response - q.answer) <= (q.tolerance ?? 0) + 1e-9;
    } else {
      const cell = this.#picked;
      if (cell) response = `${cell.layer}/${cell.cell}`;
      else complaint = "pick";
      success = cell?.layer === q.layer && cell.cell === q.neuron && (cell.reading ?? null) === (q.reading ?? null);
    }
    const told = $(".told");
    if (complaint) {
      told.className = "told n";
      told.textContent = this.#say(complaint);
      return;
    }
    const attempt = (done?.attempts ?? 0) + 1;
    const score = success ? (attempt === 1 ? 1 : 0.5) : 0;
    this.#done.set(q.id, { attempts: attempt, score });
    told.className = success ? "told y" : "told n";
    told.textContent = (success ? "✓ " : "✗ ") + this.#say(success ? "right" : "wrong") + plain(success ? q.right : q.wrong)
      + (!success && q.hint ? ` ${plain(q.hint)}` : "");
    this.#cue(q, false);
    this.#tell("answer", { question: q.id, response, success, attempt, score });
    this.#tell("statement", this.#statement(q, String(response), success, score));
    this.#scored(true);
    this.#fixed = false;
    if (success) {
      $(".main").textContent = this.#say("go");
      $(".skip").hidden = true;
      for (const input of this.shadowRoot.querySelectorAll(".body input")) input.disabled = true;
      this.#leave();
      $(".main").focus();
    }
  }
  #skip(resume) {
    const q = this.#question;
    if (!this.#done.has(q.id)) this.#done.set(q.id, { attempts: 0, score: null });
    this.#cue(q, false);
    this.#scored(true);
    this.#close(resume);
  }
  #cue(question, pause) {
    for (const cue of this.#metadata.cues ?? []) if (cue.id === question.id) cue.pauseOnExit = pause;
  }
  #close(resume) {
    const q = this.#question;
    if (!q) return;
    this.#question = null;
    this.#leave();
    const inside = this.#$(".quiz").contains(this.shadowRoot.activeElement);
    this.#$(".quiz").hidden = true;
    if (!this.#data) return;
    this.#$(".say").textContent = "";
    this.#marks();
    if (inside) (this.#back?.isConnected && !this.#back.hidden ? this.#back : this.#video).focus({ preventScroll: true });
    if (!resume) return;
    const next = this.#questions.find((one) => one.frame === q.frame && !this.#done.has(one.id));
    if (next) this.#due(next, this.#playing);
    else if (this.#playing && q.frame < this.#data.frames - 1) {
      if (this.#frame !== q.frame) this.#seek(q.frame);
      this.#video.play().catch(() => {});
    }
  }
  /** What the learner has so far: points, of which a right answer gives 1, or 0.5 after a wrong one. */
  get score() {
    const all = [...this.#done.values()];
    const points = all.reduce((sum, one) => sum + (one.score ?? 0), 0);
    const total = this.#questions.length;
    return { right: all.filter((one) => one.score > 0).length, answered: all.filter((one) => one.attempts).length,
      skipped: all.filter((one) => !one.attempts).length, total, points, scaled: total ? points / total : 0 };
  }
  /** Forget the answers; every question is asked again. */
  reset() {
    this.#close(false);
    this.#done.clear();
    if (!this.#data) return;
    for (const question of this.#questions) this.#cue(question, true);
    this.#scored(true);
    this.#marks();
    this.#seek(0);
  }
  #scored(tell) {
    const { right, total } = this.score;
    this.#$(".score").textContent = total ? this.#say("score", right, total) : "";
    this.#$(".reset").hidden = !this.#done.size;
    if (tell) this.#tell("score", this.score);
  }
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(`litnet:${type}`, { detail, bubbles: true, composed: true }));
  }
  /** An xAPI 1.0.3 statement, but for its actor, whom only the page knows. */
  #statement(q, response, success, score) {
    const language = this.#language || "en";
    const definition = { type: "http://adlnet.gov/expapi/activities/cmi.interaction",
      description: { [language]: plain(q.text) }, interactionType: { choice: "choice", number: "numeric", neuron: "other" }[q.kind] };
    let expected = `${q.layer}/${q.neuron}`;
    if (q.kind === "choice") {
      expected = `choice-${q.answer}`;
      response = `choice-${response}`;
      definition.choices = q.choices.map((choice, i) => ({ id: `choice-${i + 1}`, description: { [language]: plain(choice) } }));
    } else if (q.kind === "number") {
      const [a, t] = [q.answer, q.tolerance ?? 0];
      expected = t ? `${+(a - t).toPrecision(9)}[:]${+(a + t).toPrecision(9)}` : String(a);
    }
    definition.correctResponsesPattern = [expected];
    // Not crypto.randomUUID: pages from a plain web server do not have it.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    return {
      id: hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5"),
      timestamp: new Date().toISOString(),
      verb: { id: "http://adlnet.gov/expapi/verbs/answered", display: { "en-US": "answered" } },
      object: { objectType: "Activity", definition,
        id: `${this.getAttribute("activity") ?? location.href.split(/[?#]/)[0]}#${encodeURIComponent(this.#data.name)}/${q.id}` },
      result: { response, success, score: { scaled: score }, duration: `PT${((performance.now() - this.#opened) / 1000).toFixed(2)}S` },
    };
  }
}

if (!customElements.get("lit-clip")) customElements.define("lit-clip", LitClip);
