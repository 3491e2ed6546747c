// Words below the picture, in any language that is there, and all of them as a transcript.
//
// A film that has its own language's words in the picture keeps them there; they are not said a
// second time.

import { CLIPS, make, recall, remember, write } from "./dom.js";
import { clock } from "./time.js";

let wanted; // as this browser remembers, from the first clip on

export const captions = (clip) => {
  const { line, captions: button, language, transcript, text } = clip.ui_;
  let cues = []; // of the language that is chosen
  let lit; // the line of the transcript that is in view

  const burned = () => clip.data_.captions !== "track" && clip.speech_ === clip.data_.language;
  const cueAt = (now) => cues.findLastIndex((cue) => cue.start <= now + 1e-3);

  /** Speak another one of the languages that the clip is published in. */
  const speak = (chosen) => {
    const track = clip.data_.tracks[(clip.speech_ = chosen)];
    clip.titles_ = track.beats;
    cues = track.cues;
    line.lang = text.lang = clip.ui_.now.lang = chosen;
    text.replaceChildren(...cues.map(({ start, text }) => make("button", { onclick: () => clip.seek_(Math.ceil(start * clip.rate_ - 1e-3)) },
      make("time", {}, clock(start)), text)));
    lit = null;
    transcript.hidden = !cues.length;
    button.hidden = !cues.length || burned(); // what is in the picture stays there
    language.value = chosen;
  };

  button.onclick = () => {
    remember("captions", (wanted = !wanted) ? "on" : "off");
    for (const one of CLIPS) one.show_();
  };
  language.onchange = () => {
    speak(language.value);
    clip.show_();
  };
  transcript.onclick = () => {
    text.hidden = !text.hidden;
    clip.show_();
  };

  return [
    () => {
      wanted ??= recall("captions") !== "off";
      const { data_: data, video_: video } = clip;
      const { tracks } = data;
      language.replaceChildren(...Object.keys(tracks).map((one) => new Option(tracks[one].label, one)));
      language.hidden = language.options.length < 2;
      speak(clip.ofLanguage_(tracks) ?? data.language);
      text.hidden = !clip.host_.hasAttribute("transcript");
      for (const track of video.textTracks) track.mode = "disabled"; // said once, below
    },
    () => {
      const now = clip.video_.currentTime;
      const at = cueAt(now);
      const cue = cues[at];
      line.hidden = !wanted || button.hidden;
      write(line, cue && now < cue.end ? cue.text : "");
      button.ariaPressed = wanted;
      transcript.ariaExpanded = !text.hidden;
      const said = text.hidden ? null : text.children[at];
      if (said === lit) return;
      if (lit) lit.ariaCurrent = null;
      if (!(lit = said)) return;
      lit.ariaCurrent = true;
      text.scrollTop = lit.offsetTop - text.clientHeight / 3;
    },
  ];
};
