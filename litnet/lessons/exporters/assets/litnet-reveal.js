// A slide of reveal.js with a film in it: each fragment plays the film to the end of its beat.
(() => {
  "use strict";
  const slideOf = (node) => node?.closest?.(".litnet-slide");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const goals = new WeakMap();

  // The middle of the last frame before a time: what stays on screen is that beat's picture.
  const lastFrame = (slide, end) => Math.max(0, end - 0.5 / Number(slide.dataset.rate || 60));

  function shown(slide) {
    const seen = [...slide.querySelectorAll("[data-litnet-end]")].filter((part) =>
      part.classList.contains("visible"));
    return seen.length ? Number(seen.at(-1).dataset.litnetEnd) : 0;
  }

  function stop(video, time) {
    goals.delete(video);
    video.pause();
    if (time !== undefined) video.currentTime = time;
  }

  function watch(video) {
    const goal = goals.get(video);
    if (goal === undefined) return;
    if (video.currentTime >= goal || video.ended) stop(video, goal);
    else requestAnimationFrame(() => watch(video));
  }

  function go(slide, forward) {
    const video = slide?.querySelector("video");
    if (!video) return;
    const goal = lastFrame(slide, shown(slide));
    if (!forward || still.matches || goal <= video.currentTime) return stop(video, goal);
    goals.set(video, goal);
    video.play().then(() => watch(video), () => stop(video, goal));
  }

  document.addEventListener("fragmentshown", (event) => go(slideOf(event.fragment), true));
  document.addEventListener("fragmenthidden", (event) => go(slideOf(event.fragment), false));
  document.addEventListener("slidechanged", (event) => {
    const left = event.previousSlide?.querySelector?.(".litnet-slide video, video");
    if (left && slideOf(left)) stop(left);
    go(slideOf(event.currentSlide), false);
  });
})();
