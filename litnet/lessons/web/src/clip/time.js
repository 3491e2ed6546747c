// The clip's clock: always whole frames, sought at their middle.

import { CLIPS, calm, clamp, focus, recall, remember, write } from "./dom.js";
import { ICONS } from "./markup.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export const time = (clip) => {
  const { start, play, prev, next, speed, full, film, time: passed } = clip.ui_;
  clip.frame_ = () => Math.floor(clip.video_.currentTime * clip.rate_ + 1e-3);
  clip.seek_ = (to) => {
    clip.video_.currentTime = (clamp(to, clip.data_.frames - 1) + 0.5) / clip.rate_;
  };
  clip.beatAt_ = (frame) => clip.beats_.find((beat) => frame <= beat.last) ?? clip.beats_.at(-1);
  const goal = (beat) => (calm.matches ? beat.last : beat.first);
  clip.chapter_ = (beat) => {
    if (!beat) return;
    clip.leave_();
    clip.close_();
    if (calm.matches) clip.video_.pause();
    clip.seek_(goal(beat));
  };
  clip.play_ = () => clip.video_.play().catch(() => {});
  clip.toggle_ = () => (clip.video_.paused ? clip.play_() : clip.video_.pause());

  start.onclick = () => {
    clip.play_();
    focus(play);
  };
  play.onclick = clip.toggle_;
  film.onclick = (event) => {
    // A part of the picture is no button: what it lies in gets the keys.
    if (!clip.data_ || event.target !== clip.video_) return;
    clip.toggle_();
    focus(play);
  };
  prev.onclick = () => {
    const { video_: video, beats_: beats } = clip;
    const before = clip.frame_() - (video.paused ? 0 : clip.rate_); // a second later it would begin again for ever
    clip.chapter_(beats.findLast((beat) => goal(beat) < before) ?? beats[0]);
  };
  next.onclick = () => clip.chapter_(clip.beats_.find((one) => goal(one) > clip.frame_()));

  speed.append(...SPEEDS.map((one) => new Option(`${one}×`, one)));
  speed.onchange = () => {
    remember("speed", speed.value);
    for (const one of CLIPS) one.speed_(speed.value);
  };
  clip.speed_ = (rate) => {
    if (SPEEDS.includes(+rate)) clip.video_.playbackRate = clip.video_.defaultPlaybackRate = rate;
  };

  // Where an element cannot fill the screen, as on an iPhone, the film alone can.
  const whole = () => clip.host_.matches(":fullscreen");
  full.onclick = () => {
    if (whole()) document.exitFullscreen();
    else if (clip.host_.requestFullscreen) clip.host_.requestFullscreen().catch(() => {});
    else clip.video_.webkitEnterFullscreen?.();
  };

  return [
    (on) => {
      clip.speed_(recall("speed"));
      play.face_ = 0; // in another language it is named anew
      const tick = () => {
        clip.show_();
        if (clip.data_ && !clip.video_.paused) requestAnimationFrame(tick);
      };
      on(clip.video_, "play", tick);
      on(document, "fullscreenchange", clip.show_);
    },
    () => {
      const { video_: video } = clip;
      const face = video.paused ? "play" : "pause"; // what it would do
      if (play.face_ !== face) {
        play.innerHTML = ICONS[(play.face_ = face)];
        clip.name_(play, face);
      }
      full.ariaPressed = whole();
      start.hidden = !video.paused || clip.frame_() > 0 || clip.isAsking_() || clip.isAsked_();
      write(passed, `${clock(video.currentTime)} / ${clock(clip.data_.duration)}`);
      speed.value = video.playbackRate;
    },
  ];
};
