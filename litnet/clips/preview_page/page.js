"use strict";
const at = (id) => document.getElementById(id);
const head = at("head"), picture = at("picture");
let story = null, film = null, facts = [], size = [1, 1], saved = null;
let looking = null, checking = null, playing = null, wanted = null;

// Messages of a look: header (JSON) and bytes, the lengths of both before them.
async function look(parameters, signal, hear) {
  const query = new URLSearchParams(parameters);
  for (const select of document.querySelectorAll("select")) query.set(select.name, select.value);
  const answer = await fetch(`look?${query}`, { signal });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const reader = answer.body.getReader();
  let held = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const longer = new Uint8Array(held.length + value.length);
    longer.set(held); longer.set(value, held.length); held = longer;
    while (held.length >= 8) {
      const view = new DataView(held.buffer, held.byteOffset);
      const first = view.getUint32(0), second = view.getUint32(4);
      if (held.length < 8 + first + second) break;
      const header = JSON.parse(new TextDecoder().decode(held.subarray(8, 8 + first)));
      const bytes = held.slice(8 + first, 8 + first + second);
      held = held.slice(8 + first + second);
      await hear(header, bytes);
    }
  }
}

const frame = () => Number(head.value);
const clock = (t) => `${Math.floor(t / 60)}:${(t % 60).toFixed(2).padStart(5, "0")}`;

async function show(header, bytes) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  image.src = address;
  await image.decode();
  const before = picture.src;
  picture.src = address;
  picture.dataset.frame = header.frame;
  size = [image.naturalWidth, image.naturalHeight];
  picture.dataset.width = size[0];
  picture.parentElement.style.aspectRatio = `${size[0]} / ${size[1]}`;
  facts = header.facts;
  if (before) URL.revokeObjectURL(before);
}

function fails(trouble) {
  at("failed").hidden = !trouble;
  at("why").textContent = trouble
    ? (trouble.line ? `Line ${trouble.line}: ` : "") + trouble.text : "";
  at("lines").textContent = trouble ? trouble.lines : "";
  at("state").textContent = trouble ? "failed; this is the last good picture" : "";
}

// The frame at the playhead: a draft first, then in full.
async function refresh(check) {
  stop();
  if (looking) looking.abort();
  const mine = looking = new AbortController();
  const began = performance.now();
  let failed = false;
  at("state").textContent = "drawing";
  try {
    for (const kind of ["draft", "full"]) {
      let drawn = false, end = null;
      await look({ frame: frame(), size: kind }, mine.signal, async (header, bytes) => {
        if (mine !== looking) return;
        if (header.kind === "picture") {
          drawn = true;
          await show(header, bytes);
          fails(null);
          at("state").textContent =
            `${kind}, ${Math.round(performance.now() - began)} ms`;
          document.body.dataset.shown = kind;
        } else if (header.kind === "error") { failed = true; fails(header); }
        else if (header.kind === "end") end = header;
      });
      if (mine !== looking || failed) return;
      if (!drawn && end && end.frames) { // the film has become shorter
        tell(end);
        head.value = end.frames - 1;
        return refresh(check);
      }
      if (kind === "draft" && check) survey();
    }
  } catch (error) {
    if (error.name !== "AbortError") at("state").textContent = "the preview has ended";
  }
}

// All of the film: its beats, its length, and whether its numbers are what their sources say.
async function survey() {
  if (checking) checking.abort();
  const mine = checking = new AbortController();
  try {
    await look({}, mine.signal, (header) => {
      if (mine !== checking) return;
      if (header.kind === "end") tell(header);
      else if (header.kind === "error") fails(header);
    });
  } catch (error) { if (error.name !== "AbortError") throw error; }
}

function tell(found) {
  film = found;
  head.max = Math.max(0, found.frames - 1);
  const list = at("beats");
  list.replaceChildren();
  for (const [name, title, start, end] of found.beats) {
    const item = document.createElement("li"), button = document.createElement("button");
    item.style.flexGrow = end - start;
    button.type = "button";
    button.textContent = name;
    button.title = `${title}, ${clock(start)} to ${clock(end)}`;
    button.addEventListener("click", () => go(Math.round(end * found.rate) - 1));
    item.append(button);
    list.append(item);
  }
  const cues = at("cues"), whole = found.frames / found.rate;
  cues.replaceChildren();
  for (const [start, end, text] of found.cues) {
    const line = document.createElement("i");
    line.style.left = `${100 * start / whole}%`;
    line.style.width = `${100 * (end - start) / whole}%`;
    line.title = text;
    cues.append(line);
  }
  document.title = `${found.scene}, litnet preview`;
  at("story").textContent = found.scene;
  document.body.dataset.frames = found.frames;
  mark();
}

function mark() {
  const rate = film ? film.rate : story.rate, now = frame() / rate;
  at("clock").textContent = `${clock(now)}  frame ${frame()}`;
  head.setAttribute("aria-valuetext", at("clock").textContent);
  if (!film) return;
  film.beats.forEach(([, , start, end], n) => {
    const button = at("beats").children[n].firstChild;
    if (now >= start - 1e-6 && now < end - 1e-6) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  const cue = film.cues.find(([start, end]) => now >= start - 1e-6 && now < end - 1e-6);
  at("cue").textContent = cue ? cue[2] : "";
}

function go(number) {
  head.value = Math.min(Math.max(0, number), Number(head.max));
  mark();
  sessionStorage.setItem(location.pathname, head.value);
  clearTimeout(wanted);
  wanted = setTimeout(() => refresh(false), 30);
}

function beat(step) {
  if (!film) return;
  const ends = film.beats.map(([, , , end]) => Math.round(end * film.rate) - 1);
  const next = step > 0 ? ends.find((end) => end > frame())
    : ends.filter((end) => end < frame()).pop();
  go(next === undefined ? (step > 0 ? Number(head.max) : 0) : next);
}

function stop() {
  if (playing) playing.abort();
  playing = null;
  at("play").textContent = "Play";
  at("play").setAttribute("aria-pressed", "false");
}

async function play() {
  if (looking) looking.abort();
  const mine = playing = new AbortController();
  at("play").textContent = "Pause";
  at("play").setAttribute("aria-pressed", "true");
  at("state").textContent = "playing";
  const from = frame() >= Number(head.max) ? 0 : frame();
  let began = null;
  try {
    await look({ frame: from, play: 1 }, mine.signal, async (header, bytes) => {
      if (mine !== playing) return;
      if (header.kind === "error") return fails(header);
      if (header.kind !== "picture") return;
      if (began === null) began = performance.now();
      const due = began + (header.frame - from) / story.rate * 1000 - performance.now();
      if (due > 0) await new Promise((soon) => setTimeout(soon, due));
      if (mine !== playing) return;
      await show(header, bytes);
      head.value = header.frame;
      mark();
    });
  } catch (error) { if (error.name !== "AbortError") throw error; }
  if (mine === playing) refresh(false);
}

const toggle = () => { if (playing) refresh(false); else play(); };

picture.addEventListener("pointermove", (event) => {
  const box = picture.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width * size[0];
  const y = (event.clientY - box.top) / box.height * size[1];
  const found = facts.filter(([a, b, c, d]) => x >= a && x <= c && y >= b && y <= d).pop();
  at("number").hidden = !found;
  at("number").textContent = found ? found[4] : "";
});
picture.addEventListener("pointerleave", () => { at("number").hidden = true; });
at("play").addEventListener("click", toggle);
head.addEventListener("input", () => go(frame()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("select, pre")) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) {
    if (event.shiftKey) beat(step); else go(frame() + step);
  } else if (event.key === " " && !event.target.closest("button")) toggle();
  else return;
  event.preventDefault();
});

async function begin() {
  story = await (await fetch("story")).json();
  at("story").textContent = story.story;
  document.title = `${story.story}, litnet preview`;
  for (const [name, offered] of Object.entries(story.choices)) {
    const label = document.createElement("label"), select = document.createElement("select");
    select.name = name;
    for (const value of offered) select.add(new Option(value.split("/").pop(), value));
    select.value = story.chosen[name];
    select.addEventListener("change", () => refresh(true));
    label.append(name, select);
    at("choices").append(label);
  }
  const kept = Number(sessionStorage.getItem(location.pathname) || 0);
  head.max = Math.max(kept, 1);
  head.value = kept;
  mark();
  new EventSource("events").onmessage = (event) => {
    if (saved !== event.data) { saved = event.data; refresh(true); }
  };
}
begin();
