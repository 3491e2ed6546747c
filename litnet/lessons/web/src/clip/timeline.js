// One line of time: a part for each beat, a dot where something is asked. What is pointed at, and
// what plays, is named beside it; nothing is laid over the picture.

import { clamp, make, mark, write } from "./dom.js";
import { clock } from "./time.js";

export const timeline = (clip) => {
  const { bar, now } = clip.ui_;
  let parts = []; // one for each beat
  let pointed; // the frame that a mouse is at

  const frameAt = (event) => {
    const { left, width } = bar.getBoundingClientRect();
    const { frames } = clip.data_;
    return clamp(Math.floor(frames * (event.clientX - left) / width), frames - 1);
  };
  const named = (beat) => {
    const place = clip.beats_.indexOf(beat);
    return `${place + 1}/${parts.length} ${clip.titles_[place]}`;
  };

  bar.onpointerdown = (event) => {
    bar.setPointerCapture(event.pointerId);
    clip.leave_();
    clip.close_();
    clip.seek_(frameAt(event));
  };
  bar.onpointermove = (event) => {
    pointed = frameAt(event);
    if (event.buttons) clip.seek_(pointed);
    clip.show_();
  };
  bar.onpointerleave = () => {
    pointed = null;
    clip.show_();
  };

  return [
    () => {
      const { beats_: beats, data_: data } = clip;
      bar.replaceChildren(...(parts = beats.map((beat) =>
        make("i", { style: `flex-grow:${Math.max(beat.end - beat.start, data.duration / 100)};--from:${beat.start};--for:${beat.end - beat.start}` }))));
      mark(bar, { "aria-valuemax": Math.floor(data.duration) });
    },
    () => {
      const { beats_: beats, video_: video } = clip;
      const time = video.currentTime;
      const here = clip.beatAt_(clip.frame_());
      const at = pointed == null ? here : clip.beatAt_(pointed);
      bar.style.setProperty("--now", time);
      beats.forEach((beat, i) => {
        const { classList: names } = parts[i];
        names.toggle("at", beat === at);
        names.toggle("due", !!clip.open_(beat.first, beat.last));
      });
      write(now, at === here ? named(here) : `${clock(pointed / clip.rate_)} · ${named(at)}`);
      mark(bar, { "aria-valuenow": Math.floor(time), "aria-valuetext": `${clock(time)}, ${named(here)}` });
    },
  ];
};
