// Keys, as people know them from other players; docs/lit-clip.md lists them. They count only
// while the focus is within the clip.

export const keys = (clip) => {
  const { ui_: ui } = clip;
  clip.press_ = (event) => {
    const { key } = event;
    const target = event.composedPath()[0];
    const { tagName } = target;
    const letter = key.length > 1 ? key : key.toLowerCase();
    const along = target === ui.bar;
    const step = { ",": -1, ".": 1 }[key];
    const jump = { ArrowLeft: -5, ArrowRight: 5, j: -10, l: 10, ...(along && { ArrowDown: -5, ArrowUp: 5 }) }[letter];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (clip.isAsking_() && key === "Escape") {
      ui.ask.click();
      (clip.isAsked_() ? ui.q : ui.ask).focus();
    } else if (/INPUT|SELECT/.test(tagName)) return;
    else if (target === ui.over && /Arrow|Page|Home|End/.test(key)) clip.move_(key);
    else if (target === ui.over && clip.isAsked_() && clip.picked_() && /Enter| /.test(key)) clip.answer_();
    else if (along && /Home|End/.test(key)) clip.seek_(key === "End" ? Infinity : 0);
    else if (letter === "k" || (key === " " && tagName !== "BUTTON")) clip.toggle_();
    else if (jump) clip.seek_(clip.frame_() + Math.round(clip.rate_ * jump));
    else if (step) {
      clip.video_.pause();
      clip.seek_(clip.frame_() + step);
    } else if (clip.beats_[key - 1]) clip.chapter_(clip.beats_[key - 1]);
    else {
      const button = Object.values(ui).find((one) => one.dataset.key === letter);
      if (!button || button.hidden) return;
      button.click();
    }
    event.preventDefault();
    event.stopPropagation();
  };
};
