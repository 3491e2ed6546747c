// Tells a course platform (SCORM 1.2) how far a learner has come.
(() => {
  "use strict";
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
  if (!api) return; // opened by itself
  const begun = Date.now();
  const set = (name, value) => api.LMSSetValue(`cmi.core.${name}`, String(value));
  const get = (name) => String(api.LMSGetValue(`cmi.core.${name}`) ?? "");
  if (String(api.LMSInitialize("")) !== "true") return;

  const asked = document.querySelector("lit-clip[quiz]") !== null;
  const mastery = Number(document.querySelector("meta[name=litnet-mastery]")?.content ?? 0.8);
  const done = () => ["completed", "passed"].includes(get("lesson_status"));
  if (!done()) set("lesson_status", "incomplete");

  const video = document.querySelector("video");
  video?.addEventListener("loadedmetadata", () => {
    const place = Number(get("lesson_location"));
    if (place > 0 && place < video.duration - 1) video.currentTime = place;
  }, { once: true });
  video?.addEventListener("ended", () => {
    if (!asked && !done()) set("lesson_status", "completed");
    api.LMSCommit("");
  });
  document.addEventListener("litnet:score", (event) => {
    const { points = 0, total = 0, answered = 0, skipped = 0 } = event.detail ?? {};
    if (!(total > 0) || !Number.isFinite(points)) return;
    set("score.min", 0);
    set("score.max", 100);
    // The best score stays, that of an earlier visit as well.
    const reached = Math.round((100 * Math.min(Math.max(points, 0), total)) / total);
    set("score.raw", Math.max(reached, Number(get("score.raw")) || 0));
    if (points / total >= mastery) set("lesson_status", "passed");
    else if (answered + skipped >= total && !done()) set("lesson_status", "failed");
    api.LMSCommit("");
  });

  let finished = false;
  addEventListener("pagehide", () => {
    if (finished) return;
    finished = true;
    const seconds = Math.round((Date.now() - begun) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    if (video) set("lesson_location", video.ended ? 0 : video.currentTime.toFixed(2));
    set("session_time",
      `${two(Math.min(99, Math.floor(seconds / 3600)))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
    set("exit", done() ? "" : "suspend");
    api.LMSCommit("");
    api.LMSFinish("");
  });
})();
