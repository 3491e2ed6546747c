// What the player consists of. Each part is found by its class; those with a key are called by it.
// The film, and below it all that belongs to it.

const icon = (path) => `<svg viewBox="0 0 24 24"><path d="${path}"/></svg>`;

export const ICONS = {
  play: icon("M7 4v16l13-8z"),
  pause: icon("M8 5v14M16 5v14"),
};

const button = (name, key, path) => `<button class=${name} data-key=${key}>${icon(path)}</button>`;

export const MARKUP = `<div class=stage>
<div class=film><slot></slot><svg class=over role=application tabindex=0 hidden><rect class=mark /><text class=value /></svg><button class=start>${ICONS.play}</button></div>
<p class=line dir=auto></p><p class=say role=status></p>
<form class=quiz hidden><p class=q id=q tabindex=-1></p><fieldset class=body aria-labelledby=q></fieldset><p class=told role=status></p>
<div class=row><button class=main></button><button type=button class=skip></button>
<button type=button class=again>${icon("M4 4v6h6M4.5 14a8 8 0 1 0 1.5-7.5L4 10")}<span></span></button>
<span class=score></span><button type=button class=reset></button></div></form>
<div class=chrome><p class=now dir=auto></p><span class=time></span><div class=bar role=slider tabindex=0></div><button class=play></button>${
  button("prev", "[", "M6 5v14M19 5v14L9 12z")}${button("next", "]", "M18 5v14M5 5v14l10-7z")}${
  button("ask", "a", "M15 15a7 7 0 1 1 2-5M10 7v.1M10 10v3M14 13l8 3-4 1-1 4z")}<select class=speed></select>${
  button("captions", "c", "M3 5h18v14H3zM10 10a2 2 0 1 0 0 4M17 10a2 2 0 1 0 0 4")}
<select class=language></select>${
  button("transcript", "t", "M4 6h16M4 12h16M4 18h10")}${button("full", "f", "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5")}</div>
<div class=text role=group hidden></div></div>`;
