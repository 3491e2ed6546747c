// Tells a course platform (SCORM 1.2) how far a learner has come, and goes on there next time.
(() => {
  "use strict";
  const MOST = 4096; // characters of cmi.suspend_data
  const EVERY = 10000; // milliseconds between savings while the film plays

  function search(from) {
    for (let place = from, depth = 0; place && depth < 500; depth += 1) {
      try {
        if (place.API) return place.API;
      } catch {
        return null; // another site's window
      }
      if (place.parent === place) return null;
      place = place.parent;
    }
    return null;
  }
  const api = search(window) ?? (window.opener ? search(window.opener) : null);
  if (!api || String(api.LMSInitialize("")) !== "true") return; // opened by itself
  const begun = Date.now();
  const set = (name, value) => api.LMSSetValue(`cmi.${name}`, String(value));
  const get = (name) => String(api.LMSGetValue(`cmi.${name}`) ?? "");

  // Who only looks at the course, or at what they did, changes nothing.
  const counts = !["browse", "review"].includes(get("core.lesson_mode"));
  const clip = document.querySelector("lit-clip");
  const video = document.querySelector("video");
  const asked = clip?.hasAttribute("quiz") ?? false;
  const mastery = Number(document.querySelector("meta[name=litnet-mastery]")?.content ?? 0.8);
  const done = () => ["completed", "passed"].includes(get("core.lesson_status"));
  const status = (value) => counts && set("core.lesson_status", value);
  if (!done()) status("incomplete");

  // --- where it was left ---
  function read() {
    try {
      const { place, answers } = JSON.parse(get("suspend_data"));
      const number = (value) => typeof value === "number" && Number.isFinite(value);
      const given = Object.entries(answers).filter(
        ([, one]) => Array.isArray(one) && number(one[0]) && (one[1] === null || number(one[1])),
      );
      return {
        place: number(place) ? place : 0,
        answers: Object.fromEntries(given.map(([id, [attempts, score]]) => [id, { attempts, score }])),
      };
    } catch {
      return { place: Number(get("core.lesson_location")) || 0, answers: {} };
    }
  }
  const left = read();
  let restored = !asked || !Object.keys(left.answers).length;
  if (!restored)
    customElements.whenDefined("lit-clip").then(() => {
      clip.answers = left.answers;
      restored = true;
    });
  let place = left.place;
  let seen = false; // the film was there, and stands where it was left
  const seek = () => {
    if (place > 0 && place < video.duration - 1) video.currentTime = place;
    seen = true;
  };
  if (video?.readyState) seek();
  else video?.addEventListener("loadedmetadata", seek, { once: true });

  // --- saving ---
  let finished = false;
  let saved = 0;
  function text() {
    const answers = Object.entries((restored && clip?.answers) || left.answers).map(([id, one]) => [
      id,
      [one.attempts, one.score],
    ]);
    for (;;) {
      const whole = JSON.stringify({ place, answers: Object.fromEntries(answers) });
      if (whole.length <= MOST || !answers.length) return whole;
      answers.shift(); // the oldest: too many are asked to keep them all
    }
  }
  function save() {
    if (finished) return;
    if (seen) place = video.ended ? 0 : Number(video.currentTime.toFixed(2));
    saved = Date.now();
    set("core.lesson_location", place);
    set("suspend_data", text());
    set("core.exit", "suspend"); // or the platform may forget what was kept
    api.LMSCommit("");
  }
  for (const event of ["pause", "seeked"]) video?.addEventListener(event, save);
  video?.addEventListener("timeupdate", () => {
    if (Date.now() - saved > EVERY) save();
  });
  video?.addEventListener("ended", () => {
    if (!asked && !done()) status("completed");
    save();
  });
  document.addEventListener("litnet:score", (event) => {
    const { points = 0, total = 0, answered = 0, skipped = 0 } = event.detail ?? {};
    if (finished || !counts || !(total > 0) || !Number.isFinite(points)) return;
    if (answered + skipped > 0) {
      // The best score stays, that of an earlier visit as well.
      const reached = Math.round((100 * Math.min(Math.max(points, 0), total)) / total);
      set("core.score.min", 0);
      set("core.score.max", 100);
      set("core.score.raw", Math.max(reached, Number(get("core.score.raw")) || 0));
      if (points / total >= mastery) status("passed");
      else if (answered + skipped >= total && !done()) status("failed");
    }
    save();
  });
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("pagehide", () => {
    if (finished) return;
    const seconds = Math.round((Date.now() - begun) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    const hours = two(Math.min(9999, Math.floor(seconds / 3600)));
    set("core.session_time", `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
    save();
    finished = true;
    api.LMSFinish("");
  });
  // Back again with the page as it was: the session is over, so begin another.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
