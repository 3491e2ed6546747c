// <lit-clip>: makes a plain <video> a clip that one can ask, step through and be asked by.
// docs/lit-clip.md describes attributes, keys and events; docs/quiz.md the questions.
//
// WORDS is its English; in another language the page hands it the words (docs/languages.md).
//
// It has to stay small: what can be made ready (titles, frames, what a question reports) is in the
// data that litnet writes, names that end in _ are shortened by the minifier, and each element is
// one closure, whose names are shortened as well.

const WORDS = { // Player
  chapters: "Chapters",
  prev: "Previous chapter",
  next: "Next chapter",
  captions: "Captions",
  speed: "Speed",
  ask: "Ask the neuron",
  transcript: "Transcript",
  answer: "Answer",
  skip: "Skip",
  go: "Continue",
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

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{display:block;font-size:.875em;line-height:1.45;
--a:var(--litnet-accent,light-dark(#8a5a00,#ffd166));--s:var(--litnet-surface,light-dark(#f4f5f7,#191c20));
--t:var(--litnet-text,light-dark(#1b1f24,#eceff3));--l:var(--litnet-line,light-dark(#858d96,#757d87));--r:var(--litnet-radius,8px)}
[hidden]{display:none!important}*{box-sizing:border-box;margin:0;overflow-wrap:anywhere}
.film{position:relative;border-radius:var(--r);overflow:hidden}
::slotted(video){display:block;width:100%;height:auto;background:#000}
.over{position:absolute;inset:0;width:100%;height:100%;cursor:crosshair;touch-action:pan-y pinch-zoom}
.mark,.value{stroke:#ffd166;stroke-width:2.5;fill:none;vector-effect:non-scaling-stroke;filter:drop-shadow(0 0 1px #000)}
.value{fill:#ffd166;stroke:#000;stroke-width:4;paint-order:stroke;font-weight:600}
.say{margin:.6em 0}.say:empty{display:none}.say,time{font-variant-numeric:tabular-nums}
button,select,.body [name]{font:inherit;color:inherit;min-height:44px;min-width:44px;padding:0 .7em;border-radius:var(--r);background:none}
button,select,.quiz{border:1px solid #0000}
select{background:var(--s);color:var(--t)}
button,label{cursor:pointer}button:hover,label:hover{background:#8882}
:focus-visible{outline:2px solid var(--a);outline-offset:1px}
[aria-pressed=true],[aria-expanded=true]{text-decoration:underline 2px var(--a);text-underline-offset:.5em}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:3px}.now{flex:1;min-width:8em;padding:0 .4em}
.bar button{flex:1 1 24px;min-width:24px;padding:0;forced-color-adjust:none;
background:radial-gradient(circle,var(--d,#0000) 3px,#0000 4px) right 50%/9px 9px no-repeat,
linear-gradient(var(--a) 0 0) 0/clamp(0%,var(--p,0%),100%) var(--h,4px) no-repeat,linear-gradient(var(--l) 0 0) 0/100% var(--h,4px) no-repeat}
.bar .due{--d:var(--a)}.bar button:hover,.bar [aria-current]{--h:7px}
.text{max-height:15em;overflow:auto;position:relative;border-top:1px solid var(--l)}
.text button{display:flex;gap:1em;width:100%;text-align:start;padding:.6em .7em;border-radius:0}time{flex:none}
.text [aria-current]{box-shadow:inset 3px 0 var(--a);font-weight:600}
.chrome .row{direction:ltr}
.quiz{margin:.7em 0;padding:1.1em 1.2em;border-radius:var(--r);background:var(--s);color:var(--t)}
.q{margin-bottom:.7em;font-size:1.1em;font-weight:600}
.body{border:0;padding:0;min-width:0}.body label{display:flex;gap:.7em;align-items:center;min-height:44px;padding:.3em .6em}
.body [type]{min-height:0;min-width:1.2em;height:1.2em;accent-color:var(--a)}[inputmode]{width:10em;border:1px solid var(--l)}
.told{margin:.7em 0;color:var(--litnet-wrong,light-dark(#b02a20,#ff8f82))}.told.y{color:var(--litnet-right,light-dark(#14692c,#7bd88f))}
.quiz .main{background:var(--t);color:var(--s);padding:0 1.3em;font-weight:600}.score{margin-inline-start:auto}
@media(forced-colors:active){:host{--a:Highlight;--l:GrayText}}`);

const MARKUP = `<div class=film><slot></slot><svg class=over role=application tabindex=0 hidden><rect class=mark /><text class=value /></svg></div>
<p class=say role=status></p>
<form class=quiz hidden novalidate><p class=q id=q tabindex=-1></p><fieldset class=body aria-labelledby=q></fieldset><p class=told role=status></p>
<div class=row><button class=main></button><button type=button class=skip></button><span class=score></span><button type=button class=reset></button></div></form>
<div class=chrome hidden><div class="bar row" role=group></div><div class=row><button class=prev></button><button class=next></button><p class=now></p>
<button class=captions></button><select class=speed></select><button class=ask></button><button class=transcript></button></div>
<div class=text role=group hidden></div></div>`;

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const write = (element, text = "") => { element.textContent = text; };
const scripts = {}; // loaded once, whatever the number of elements
const load = (src) => src && (scripts[src] ??= new Promise((done) => {
  document.head.append(make("script", { src, onload: done, onerror: done }));
}));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const build = (host) => {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.innerHTML = MARKUP;
  // All that have a class, in the order of the markup.
  const [film, over, mark, value, said, form, asked, body, told, , main, skip, points, again, chrome, bar, , prev, next, place,
    captions, speed, ask, transcript, text] = root.querySelectorAll("[class]");
  const buttons = [[prev, "prev", "[", "‹"], [next, "next", "]", "›"], [captions, "captions", "C"],
    [ask, "ask", "A"], [transcript, "transcript", "T"]];
  const done = new Map(); // question's id -> {attempts, score}; score is null where it was skipped
  let stop, video, language; // while it is in a page
  let data, beats, titles, cues, questions = [], rate, lines, pauses; // once it has its data
  let cells, picked, controls; // while one asks: what there is to be asked
  let question, opened, resume; // while a question is open: since when, and whether the film played
  let lit; // the line of the transcript that is in view

  // What a table has of the page's language: "pt-BR", or else "pt".
  const own = (table) => table?.[language] ?? table?.[language.split("-")[0]];
  const shown = (part) => {
    try {
      return part.toLocaleString(language, { maximumSignificantDigits: 9 });
    } catch {
      return part; // the page names no language in this way
    }
  };
  const say = (word, parts) => ((host.words ?? own(globalThis.litnetWords)?.Player)?.[word] ?? WORDS[word])
    .replace(/\{(\w+)\}/g, (_, name) => shown(parts[name]));
  const tell = (type, detail) =>
    host.dispatchEvent(new CustomEvent(`litnet:${type}`, { detail, bubbles: true, composed: true }));

  const begin = () => {
    end();
    stop = new AbortController();
    const { signal } = stop;
    const on = (target, types, listener) => types.split(" ").forEach((type) =>
      target.addEventListener(type, listener, { signal, capture: true }));
    on(film, "slotchange", () => host.querySelector("video") !== video && begin());
    video = host.querySelector("video");
    language = host.closest("[lang]")?.lang || navigator.language;
    if (!video) return;
    if (calm.matches && video.autoplay) {
      video.autoplay = false;
      video.load(); // the poster again
    }
    const broken = () => {
      // A busy browser has no source yet for a while: what it says then is taken back.
      write(said, video.error || video.networkState === 3 ? say("broken") : "");
    };
    on(video, "loadstart loadedmetadata", broken);
    on(host, "error", () => setTimeout(broken));
    broken();
    const near = new IntersectionObserver(([seen]) => {
      if (!seen.isIntersecting) return;
      near.disconnect();
      Promise.all(["data-src", "quiz", "words"].map((name) => load(host.getAttribute(name))))
        .then(() => signal.aborted || enrich(on));
    }, { rootMargin: "400px" });
    near.observe(host);
    signal.onabort = () => near.disconnect();
  };
  const end = () => {
    stop?.abort();
    leave();
    close();
    for (const track of Object.values(video?.tracks_ ?? {})) {
      track.mode = "hidden";
      for (const cue of [...track.cues]) track.removeCue(cue);
      track.mode = "disabled";
    }
    chrome.hidden = true;
    data = null;
    write(said);
  };

  // --- the clip's data: what makes the plain video richer ---
  const enrich = (on) => {
    const name = host.getAttribute("name");
    const given = host.data ?? globalThis.litnetClips?.[name];
    if (given?.schema !== 3) return;
    data = given;
    questions = host.questions ?? globalThis.litnetQuizzes?.[name] ?? [];
    beats = data.beats;
    rate = data.frame_rate[0] / data.frame_rate[1];
    const track = own(data.tracks) ?? data.tracks[data.language];
    const spoken = Object.keys(data.tracks).find((one) => data.tracks[one] === track);
    titles = track.beats;
    cues = track.cues;
    over.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    for (const [button, word, key, sign] of buttons) {
      const label = say(word);
      write(button, sign ?? label);
      button.ariaLabel = label;
      button.title = `${label} (${key})`;
    }
    for (const [element, word] of [[bar, "chapters"], [text, "transcript"], [speed, "speed"], [over, "ask"]])
      element.ariaLabel = say(word);
    write(skip, say("skip"));
    write(again, say("reset"));
    transcript.hidden = captions.hidden = !cues.length;
    ask.hidden = !data.snapshots.length;
    bar.replaceChildren(...beats.map((beat, i) => make("button", {
      title: `${i + 1}. ${titles[i]}`, onclick: () => chapter(beat),
      style: `flex-grow:${Math.max(beat.end - beat.start, data.duration / 100)}` })));
    text.replaceChildren(...cues.map(({ start, text }) => make("button", { onclick: () => seek(Math.ceil(start * rate - 1e-3)) },
      make("time", {}, new Date(1000 * start).toISOString().slice(14, 19)), text)));
    text.hidden = !host.hasAttribute("transcript");
    chrome.hidden = false;

    // Tracks cannot be taken away from a video again.
    const added = (video.tracks_ ??= {});
    lines = added[spoken] ??= video.addTextTrack("captions", track.label, spoken);
    pauses = added.p ??= video.addTextTrack("metadata");
    for (const one of video.textTracks) one.mode = "disabled";
    pauses.mode = "hidden";
    // The film has its own language's words in the picture.
    lines.mode = spoken === data.language ? "hidden" : "showing";
    for (const { start, end, text } of cues)
      lines.addCue(new VTTCue(start, end, make("p", {}, text).innerHTML));
    for (const one of questions) {
      const end = (one.frame + 0.5) / rate;
      const cue = new VTTCue(Math.max(0, end - 0.3), end, "");
      cue.id = one.id;
      cue.onexit = () => {
        if (Math.abs(video.currentTime - end) < 1 && !video.seeking) due(one, true); // a busy browser stops late
      };
      pauses.addCue(cue);
    }
    arm();

    on(video, "timeupdate seeking seeked ratechange", show);
    on(video, "seeked pause", settled);
    on(video, "ended", () => due(open(data.frames - 2, data.frames), true));
    on(video, "play", () => {
      leave();
      if (question) pass();
    });
    on(video.textTracks, "change", show);
    on(host, "keydown", press);
    show();
  };

  // --- time: always whole frames, sought at their middle ---
  const frame = () => Math.floor(video.currentTime * rate + 1e-3);
  const seek = (to) => {
    video.currentTime = (Math.min(Math.max(to, 0), data.frames - 1) + 0.5) / rate;
  };
  const here = () => beats.find((beat) => frame() <= beat.last) ?? beats.at(-1);
  const goal = (beat) => (calm.matches ? beat.last : beat.first);
  const chapter = (beat) => {
    leave();
    close();
    if (calm.matches) video.pause();
    seek(goal(beat));
  };
  const play = () => video.play().catch(() => {});

  /** The first question in these frames that is neither answered nor skipped. */
  const open = (first, last) => questions.find((one) => one.frame >= first && one.frame <= last && !done.has(one.id));

  /** Everything that follows the film, the answers or the keys. */
  const show = () => {
    const now = video.currentTime;
    const beat = beats.indexOf(here());
    beats.forEach(({ start, end, first, last }, i) => {
      const button = bar.children[i];
      button.style.setProperty("--p", `${(100 * (now - start)) / (end - start)}%`);
      button.ariaCurrent = i === beat || null;
      button.classList.toggle("due", !!open(first, last));
    });
    write(place, `${beat + 1}/${beats.length} ${titles[beat]}`);
    const line = cues.findLastIndex((cue) => cue.start <= now + 1e-3);
    [...text.children].forEach((button, i) => {
      button.ariaCurrent = i === line || null;
      if (i === line && i !== lit) text.scrollTop = button.offsetTop - text.clientHeight / 3;
    });
    lit = text.hidden ? null : line;
    captions.ariaPressed = lines.mode === "showing";
    ask.ariaPressed = !!cells;
    over.toggleAttribute("hidden", !cells);
    transcript.ariaExpanded = !text.hidden;
    speed.value = video.playbackRate;
    const { right, total } = score();
    write(points, say("score", { right, total }));
    again.hidden = !done.size;
  };

  speed.append(...[0.5, 0.75, 1, 1.25, 1.5, 2].map((one) => new Option(`${one}×`, one)));
  speed.onchange = () => { video.playbackRate = speed.value; };
  prev.onclick = () => {
    const before = frame() - (video.paused ? 0 : rate); // a second later it would begin again for ever
    chapter(beats.findLast((beat) => goal(beat) < before) ?? beats[0]);
  };
  next.onclick = () => {
    const beat = beats.find((one) => goal(one) > frame());
    if (beat) chapter(beat);
  };
  captions.onclick = () => { lines.mode = lines.mode === "showing" ? "hidden" : "showing"; };
  transcript.onclick = () => {
    text.hidden = !text.hidden;
    show();
  };
  ask.onclick = () => {
    if (cells) {
      leave();
      settled();
    } else enter();
  };
  const press = (event) => {
    const { key } = event;
    const { tagName } = event.composedPath()[0];
    const step = { ",": -1, ".": 1 }[key];
    const jump = { ArrowLeft: -5, ArrowRight: 5, j: -10, l: 10 }[key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (cells && key === "Escape") {
      ask.click();
      (question ? asked : ask).focus();
    } else if (/INPUT|SELECT/.test(tagName)) return;
    else if (tagName === "svg" && /Arrow|Page|Home|End/.test(key)) move(key);
    else if (tagName === "svg" && question && picked && /Enter| /.test(key)) answer();
    else if (key === "k" || (key === " " && tagName !== "BUTTON")) {
      if (video.paused) play();
      else video.pause();
    } else if (jump) seek(frame() + Math.round(rate * jump));
    else if (step) {
      video.pause();
      seek(frame() + step);
    } else if (beats[key - 1]) chapter(beats[key - 1]);
    else {
      const button = buttons.find((one) => one[2].toLowerCase() === key);
      if (!button || button[0].hidden) return;
      button[0].click();
    }
    event.preventDefault();
    event.stopPropagation();
  };

  // --- ask the neuron ---
  const enter = () => {
    const now = frame();
    const snapshot = data.snapshots.find(({ until }) => now <= until) ?? data.snapshots.at(-1);
    cells = snapshot.layers.flatMap((layer) => layer.x.map((x, i) => ({
      ...layer, x, y: layer.y[i], value: layer.value[i], cell: layer.cell?.[i] ?? i })));
    video.pause();
    seek(snapshot.frame);
    controls = video.controls;
    video.controls = false;
    pick();
    write(said, say("pick"));
    show();
    over.focus(); // also scrolls the picture into view
  };
  const leave = () => {
    if (!cells) return;
    cells = picked = null;
    video.controls = controls;
    write(said);
    show();
  };
  over.onpointermove = over.onpointerdown = (event) => {
    if (event.type === "pointermove" && !event.buttons && (question || event.pointerType !== "mouse")) return;
    const matrix = over.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    let best = 1 + 14 * matrix.a; // a finger may miss by a little
    let found;
    for (const cell of cells) {
      const [dx, dy] = [Math.abs(cell.x - x), Math.abs(cell.y - y)];
      const far = cell.kind === "pixels" ? Math.max(dx, dy) : Math.hypot(dx, dy);
      const share = far <= cell.radius ? far / cell.radius : 1 + far - cell.radius;
      if (share <= best) [best, found] = [share, cell];
    }
    if (found !== picked) pick(found);
  };
  const move = (key) => {
    let to = key === "End" ? cells.at(-1) : cells[0];
    if (picked && /Page/.test(key)) {
      to = key === "PageUp" ? cells.findLast((cell) => cell.layer < picked.layer) : cells.find((cell) => cell.layer > picked.layer);
    } else if (picked && /Arrow/.test(key)) {
      const sign = /Left|Up/.test(key) ? -1 : 1;
      let best = Infinity;
      to = null;
      for (const cell of cells) {
        const way = [cell.x - picked.x, cell.y - picked.y];
        if (/Up|Down/.test(key)) way.reverse();
        const far = sign * way[0] + 4 * Math.abs(way[1]);
        if (sign * way[0] > 0.5 && far < best) [best, to] = [far, cell];
      }
    }
    if (to) pick(to);
  };
  const pick = (cell) => {
    picked = cell;
    mark.style.display = cell ? "" : "none";
    write(value);
    write(said);
    if (!cell) return;
    const { layer, kind, x, y, radius, reading = null, illustrative, cell: index, value: amount } = cell;
    const scale = 1 / over.getScreenCTM().a;
    const r = radius + 2.5 * scale;
    const left = x > data.width * 0.8;
    const set = (element, attributes) => Object.entries(attributes).forEach((one) => element.setAttribute(...one));
    set(mark, { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: kind === "pixels" ? 0 : r });
    set(value, { x: x + (left ? -1 : 1) * (r + 5 * scale), y: y + 5 * scale,
      "text-anchor": left ? "end" : "start", "font-size": 15 * scale });
    const { sizes, columns, classes, readings } = data;
    const output = layer && layer === sizes.length - 1;
    const known = amount !== null;
    const activation = known && shown(+(Math.abs(amount) < 1 ? amount.toPrecision(3) : amount.toFixed(2)));
    const label = readings[reading]?.label;
    if (known) write(value, activation);
    write(said, [
      say(kind === "pixels" ? "pixel" : output ? "output" : layer ? "hidden" : "input", { layer }),
      !layer && columns ? say("place", { row: Math.floor(index / columns) + 1, column: (index % columns) + 1 })
        : output ? `“${classes[index]}”` : say("neuron", { neuron: index + 1, total: sizes[layer] }),
      known ? say(kind === "pixels" ? "grey" : "activation", { activation }) : say("unlit"),
      label != null && say("reading", { digit: label }),
      illustrative && say("illustrative"),
    ].filter(Boolean).join(" · "));
    tell("neuron", { layer, cell: index, kind, value: amount, illustrative, reading });
  };

  // --- questions ---
  const settled = () => {
    if (video.paused && !video.seeking && !cells && video.currentTime)
      due(open(frame(), frame()));
  };
  const due = (one, playing) => {
    if (!one || question || done.has(one.id)) return;
    question = one;
    resume = playing && !calm.matches;
    opened = Date.now();
    video.pause();
    seek(one.frame); // also where the clock says so: a busy browser shows an earlier frame, and stops there
    write(asked, one.text);
    write(told);
    write(main, say("answer"));
    skip.hidden = body.disabled = false;
    body.replaceChildren(...(one.choices?.map((choice, i) =>
      make("label", {}, make("input", { type: "radio", name: "r", value: i + 1 }), choice)) ?? [
      one.kind === "number" ? make("input", { name: "r", inputMode: "decimal", autocomplete: "off", ariaLabel: one.text }) : say("pick")]));
    form.hidden = false;
    if (one.kind === "neuron") enter();
    const active = document.activeElement;
    if (active === document.body || host.contains(active)) asked.focus();
    else write(said, one.text); // whoever writes elsewhere goes on writing
    show();
  };
  const answer = () => {
    const { id, kind, tolerance } = question;
    const before = done.get(id);
    if (before?.score) return close(true);
    let response = new FormData(form).get("r");
    let success = response == question.answer;
    if (kind === "number") {
      // 12,544 and 12.544 may be a whole number with its thousands marked, or have decimals: right if either is.
      const near = (one) => Math.abs(one - question.answer) <= tolerance + 1e-9;
      const all = [",", "."].map((sign) => parseFloat(response.replace(/\s/g, "").replace("−", "-")
        .replace(RegExp(`(?<=[1-9][\\d${sign}]*)[${sign}](?=\\d{3}\\b)`, "g"), "").replace(",", ".")));
      response = all.find(near) ?? all[0];
      success = near(response);
    } else if (kind === "neuron") {
      response = picked && `${picked.layer}/${picked.cell}`;
      success = response === `${question.layer}/${question.neuron}` && (picked.reading ?? null) === question.reading;
    }
    told.classList.toggle("y", success);
    if (Number.isNaN(response ?? NaN)) {
      write(told, say(kind === "neuron" ? "pick" : kind));
      return;
    }
    const attempt = (before?.attempts ?? 0) + 1;
    const points = success ? (before ? 0.5 : 1) : 0;
    done.set(id, { attempts: attempt, score: points });
    write(told, [say(success ? "right" : "wrong"), ...(success ? [question.right] : [question.wrong, question.hint])].join(" "));
    tell("answer", { question: id, response, success, attempt, score: points });
    tell("statement", statement((kind === "choice" ? "choice-" : "") + response, success, points));
    scored();
    if (!success) return;
    write(main, say("go"));
    skip.hidden = body.disabled = true;
    leave();
    main.focus();
  };
  const pass = (goOn) => {
    if (!done.has(question.id)) done.set(question.id, { attempts: 0, score: null });
    scored();
    close(goOn);
  };
  const close = (goOn) => {
    if (!question) return;
    const one = question;
    const inside = form.contains(root.activeElement);
    question = null;
    form.hidden = true;
    write(said);
    leave();
    if (inside) video.focus({ preventScroll: true });
    if (!goOn) return;
    const other = open(one.frame, one.frame);
    if (other) due(other, resume);
    else if (resume && one.frame < data.frames - 1) {
      if (frame() !== one.frame) seek(one.frame);
      play();
    }
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    answer();
  };
  skip.onclick = () => pass(true);

  const score = () => {
    const all = [...done.values()];
    const points = all.reduce((sum, one) => sum + one.score, 0);
    const total = questions.length;
    const answered = all.filter((one) => one.attempts).length;
    return { right: all.filter((one) => one.score).length, answered, skipped: done.size - answered, total, points,
      scaled: total ? points / total : 0 };
  };
  const arm = () => {
    for (const cue of pauses.cues) cue.pauseOnExit = !done.has(cue.id);
  };
  const scored = () => {
    arm();
    tell("score", score());
    show();
  };
  const reset = (again.onclick = () => {
    close();
    done.clear();
    if (!data) return;
    scored();
    seek(0);
  });
  /** An xAPI 1.0.3 statement, but for its actor, whom only the page knows. */
  const statement = (response, success, scaled) => {
    // The address of a blob ends in a new UUID; pages from a plain web server have no crypto.randomUUID.
    const address = URL.createObjectURL(new Blob());
    URL.revokeObjectURL(address);
    const activity = host.getAttribute("activity") ?? location.href.split(/[?#]/)[0];
    return {
      id: address.slice(-36),
      timestamp: new Date().toISOString(),
      verb: { id: "http://adlnet.gov/expapi/verbs/answered", display: { "en-US": "answered" } },
      object: { id: `${activity}#${encodeURIComponent(data.name)}/${question.id}`, definition: question.definition },
      result: { response, success, score: { scaled }, duration: `PT${((Date.now() - opened) / 1000).toFixed(2)}S` },
    };
  };
  Object.assign(host, { begin_: begin, end_: end, score_: score, reset_: reset });
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
  get score() { return this.score_(); }
  /** Forget the answers; every question is asked again. */
  reset() { this.reset_(); }
});
