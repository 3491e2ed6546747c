// Questions: the film stops at their frame, and goes on when they are answered or skipped.

import { calm, focus, make, write } from "./dom.js";

export const questions = (clip) => {
  const { ui_: ui, host_: host, root_: root } = clip;
  const { quiz: form, q: asked, body, told, main, skip, again, score: points, say: line } = ui;
  const { say_: say } = clip;
  let done = new Map(); // question's id -> {attempts, score}; score is null where it was skipped
  const retry = new Set(); // those that are asked once more
  let all = [];
  let pauses; // the track by which the film stops
  let question, opened, resume; // while a question is open: since when, and whether the film played

  clip.isAsked_ = () => !!question;
  const isOpen = (one) => !done.has(one.id) || retry.has(one.id);
  /** The first question in these frames that is neither answered nor skipped. */
  clip.open_ = (first, last) => all.find((one) => one.frame >= first && one.frame <= last && isOpen(one));

  clip.settled_ = () => {
    const { video_: video } = clip;
    if (video.paused && !video.seeking && !clip.isAsking_() && video.currentTime)
      due(clip.open_(clip.frame_(), clip.frame_()));
  };
  const due = (one, playing) => {
    if (!one || question || !isOpen(one)) return;
    question = one;
    resume = playing && !calm.matches;
    opened = Date.now();
    clip.video_.pause();
    clip.seek_(one.frame); // also where the clock says so: a busy browser shows an earlier frame, and stops there
    write(asked, one.text);
    write(told);
    write(main, say("answer"));
    skip.hidden = body.disabled = false;
    body.replaceChildren(...(one.choices?.map((choice, i) =>
      make("label", {}, make("input", { type: "radio", name: "r", value: i + 1 }), choice)) ?? [
      one.kind === "number" ? make("input", { name: "r", inputMode: "decimal", autocomplete: "off", ariaLabel: one.text }) : say("pick")]));
    form.hidden = false;
    ui.stage.classList.add("asked");
    if (one.kind === "neuron") clip.enter_();
    const active = document.activeElement;
    if (active === document.body || host.contains(active)) {
      focus(asked);
      // The question, and the picture that it is about.
      for (const part of [form, ui.film]) part.scrollIntoView({ block: "nearest", behavior: "instant" });
    } else write(line, one.text); // whoever writes elsewhere goes on writing
    clip.show_();
  };
  const answer = () => {
    const { id, kind, tolerance } = question;
    const before = done.get(id);
    if (before?.score) return clip.close_(true);
    let response = new FormData(form).get("r");
    let success = response == question.answer;
    if (kind === "number") {
      // 12,544 and 12.544 may be a whole number with its thousands marked, or have decimals: right if either is.
      const near = (one) => Math.abs(one - question.answer) <= tolerance + 1e-9;
      const both = [",", "."].map((sign) => parseFloat(response.replace(/\s/g, "").replace("−", "-")
        .replace(RegExp(`(?<=[1-9][\\d${sign}]*)[${sign}](?=\\d{3}\\b)`, "g"), "").replace(",", ".")));
      response = both.find(near) ?? both[0];
      success = near(response);
    } else if (kind === "neuron") {
      const picked = clip.picked_();
      response = picked && `${picked.layer}/${picked.cell}`;
      success = response === `${question.layer}/${question.neuron}` && (picked.reading ?? null) === question.reading;
    }
    told.classList.toggle("y", success);
    if (Number.isNaN(response ?? NaN)) {
      write(told, say(kind === "neuron" ? "pick" : kind));
      return;
    }
    const attempt = (before?.attempts ?? 0) + 1;
    const points = success ? (before?.attempts ? 0.5 : 1) : 0;
    done.set(id, { attempts: attempt, score: points });
    retry.delete(id);
    // One praise is enough: the question's own, if it has one.
    const praise = question.right ? `✓ ${question.right}` : say("right");
    write(told, success ? praise : [say("wrong"), question.wrong, question.hint].filter(Boolean).join(" "));
    clip.tell_("answer", { question: id, response, success, attempt, score: points });
    clip.tell_("statement", statement((kind === "choice" ? "choice-" : "") + response, success, points));
    scored();
    if (!success) return;
    write(main, say("go"));
    skip.hidden = body.disabled = true;
    clip.leave_();
    focus(main);
  };
  const pass = (goOn) => {
    const { id } = question;
    if (!done.has(id)) done.set(id, { attempts: 0, score: null });
    retry.delete(id);
    scored();
    clip.close_(goOn);
  };
  clip.close_ = (goOn) => {
    if (!question) return;
    const one = question;
    const inside = form.contains(root.activeElement);
    question = null;
    form.hidden = true;
    ui.stage.classList.remove("asked");
    write(line);
    clip.leave_();
    if (inside) focus(ui.play);
    clip.show_();
    if (!goOn) return;
    const other = clip.open_(one.frame, one.frame);
    if (other) due(other, resume);
    else if (resume && one.frame < clip.data_.frames - 1) {
      if (clip.frame_() !== one.frame) clip.seek_(one.frame);
      clip.play_();
    }
  };
  /** Back to the beginning of the part that explains it; then it is asked once more. */
  const review = (one) => {
    if (!one) return;
    if (!done.get(one.id)?.score) retry.add(one.id);
    clip.close_();
    arm();
    clip.seek_(clip.beatAt_(one.frame).first);
    if (!calm.matches) clip.play_();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    answer();
  };
  skip.onclick = () => pass(true);
  again.onclick = () => review(question);
  clip.answer_ = answer;
  clip.review_ = (id) => clip.data_ && review(all.find((one) => one.id === id));

  clip.score_ = () => {
    let [right, answered, points] = [0, 0, 0];
    for (const one of done.values()) {
      points += one.score;
      right += !!one.score;
      answered += !!one.attempts;
    }
    const total = all.length;
    return { right, answered, skipped: done.size - answered, total, points, scaled: points / total || 0 };
  };
  const arm = () => {
    for (const cue of pauses?.cues ?? []) cue.pauseOnExit = isOpen(cue);
  };
  const scored = () => {
    arm();
    clip.tell_("score", clip.score_());
    clip.show_();
  };
  clip.reset_ = ui.reset.onclick = () => {
    clip.close_();
    done.clear();
    retry.clear();
    if (!clip.data_) return;
    scored();
    clip.seek_(0);
  };
  clip.given_ = () => Object.fromEntries(done);
  clip.give_ = (given) => {
    done = new Map(Object.entries(given));
    if (clip.data_) scored();
  };
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
      object: { id: `${activity}#${encodeURIComponent(clip.data_.name)}/${question.id}`, definition: question.definition },
      result: { response, success, score: { scaled }, duration: `PT${((Date.now() - opened) / 1000).toFixed(2)}S` },
    };
  };

  clip.disarm_ = () => {
    for (const cue of [...pauses.cues]) pauses.removeCue(cue);
    pauses.mode = "disabled";
  };

  return [
    (on) => {
      const { video_: video, data_: data } = clip;
      all = host.questions ?? globalThis.litnetQuizzes?.[data.name] ?? [];
      write(skip, say("skip"));
      write(ui.reset, say("reset"));
      write(again.lastChild, say("again"));
      // Tracks cannot be taken away from a video again.
      pauses = video.pauses_ ??= video.addTextTrack("metadata");
      pauses.mode = "hidden";
      for (const one of all) {
        const end = (one.frame + 0.5) / clip.rate_;
        const cue = new VTTCue(Math.max(0, end - 0.3), end, "");
        cue.id = one.id;
        cue.onexit = () => {
          if (Math.abs(video.currentTime - end) < 1 && !video.seeking) due(one, true); // a busy browser stops late
        };
        pauses.addCue(cue);
      }
      arm();
      on(video, "seeked pause", clip.settled_);
      on(video, "ended", () => due(clip.open_(data.frames - 2, data.frames), true));
      on(video, "play", () => {
        clip.leave_();
        if (question) pass();
      });
      if (done.size) scored(); // given before its questions were there
    },
    () => {
      if (question) write(points, say("score", clip.score_())); // the first number that is written out is dear
      ui.reset.hidden = !done.size;
    },
  ];
};
