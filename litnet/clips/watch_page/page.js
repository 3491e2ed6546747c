"use strict";
const sections = new Map();
const state = document.getElementById("state");

function section(name) {
  if (!sections.has(name)) {
    const all = document.createElement("section");
    const title = document.createElement("h2");
    const said = document.createElement("p");
    const video = document.createElement("video");
    title.textContent = name;
    video.setAttribute("aria-label", name);
    Object.assign(video, { controls: true, loop: true, muted: true, playsInline: true, hidden: true });
    all.append(title, said, video);
    sections.set(name, { all, said, video, version: 0 });
    document.getElementById("clips").append(all);
  }
  return sections.get(name);
}

function words(clip) {
  if (clip.state === "failed") return clip.error;
  if (clip.state !== "rendering") return "";
  return clip.total ? `Rendering: ${clip.done} of ${clip.total} frames` : "Rendering";
}

// A new film goes on where the one before it was, playing or not.
function show(one, name, version) {
  const { video } = one;
  const at = video.currentTime;
  const plays = one.version === 0 || !video.paused;
  one.version = version;
  video.hidden = false;
  video.src = `clip/${encodeURIComponent(name)}.mp4?${version}`;
  video.addEventListener("loadedmetadata", () => {
    if (at < video.duration) video.currentTime = at;
    if (plays) video.play().catch(() => {});
  }, { once: true });
}

const events = new EventSource("events");
events.onopen = () => { state.textContent = ""; };
events.onerror = () => { state.textContent = "litnet watch has ended, or does not answer."; };
events.onmessage = (event) => {
  const clips = JSON.parse(event.data);
  for (const [name, clip] of Object.entries(clips)) {
    const one = section(name);
    one.said.textContent = words(clip);
    one.all.className = clip.state;
    if (clip.version > one.version) show(one, name, clip.version);
  }
};
