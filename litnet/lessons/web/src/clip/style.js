// How the player looks. The page may choose its colours: --litnet-accent and the others.
//
// Lengths are of the player's own size: what has little room has other rows, however wide the
// window is. Nothing is laid over the picture but the button that starts it.

export const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{display:block;container-type:inline-size;font-size:.9375em;line-height:1.45;font-variant-numeric:tabular-nums;
--a:var(--litnet-accent,light-dark(#850,#fd6));--s:var(--litnet-surface,light-dark(#f4f4f4,#1a1c20));
--t:var(--litnet-text,light-dark(#111,#eee));--l:var(--litnet-line,light-dark(#889,#778));--r:var(--litnet-radius,8px)}
[hidden]{display:none!important}*{box-sizing:border-box;margin:0;overflow-wrap:anywhere}
.stage{display:grid;grid-template-columns:minmax(0,1fr);>*{grid-column:1/-1}}
.film{position:relative;border-radius:max(0px,var(--r) - var(--litnet-gutter,0px));justify-self:center;width:100%;max-width:calc(max(15em,100svh - var(--h,13em))*var(--w));
overflow:hidden;box-shadow:0 0 0 1px light-dark(#0000,#fff3)}
::slotted(video){display:block;width:100%;height:auto;background:#000}
.over,.start{position:absolute;inset:0}.over{width:100%;height:100%;cursor:crosshair;touch-action:pan-y pinch-zoom}
.mark,.value{stroke:#fd6;stroke-width:2.5;fill:none;vector-effect:non-scaling-stroke;filter:drop-shadow(0 0 1px #000)}
.value{fill:#fd6;stroke:#000;stroke-width:4;paint-order:stroke}
.value,.q,.pays,.main,[aria-current]{font-weight:600}
.line{padding:.5em .4em 0;min-height:calc(3lh + .5em);text-align:center;text-wrap:balance}
.say{padding:.6em .4em;&:empty{display:none}}
button,select,label,[inputmode]{font:inherit;color:inherit;min-height:44px;min-width:44px;padding:0 .7em;background:none;border:1px solid #0000}
button,label,.row,.chrome,.bar,i{display:flex;align-items:center;gap:.5em}
button,select,label,.bar,.quiz{border-radius:var(--r)}
select{appearance:none;text-align-last:center}option{background:var(--s);color:var(--t)}
button,select,label{cursor:pointer;&:hover{background-color:#8883}}
:focus-visible{outline:2px solid var(--a)}
svg{width:1.5em;margin:auto;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.play svg,.start svg{fill:currentColor;stroke-width:3}
.start{margin:auto;width:max(60px,9cqw);aspect-ratio:1;border-radius:50%;
background:#fd6!important;color:#111;svg{width:100%}}
.chrome,.row{flex-wrap:wrap;gap:2px}.chrome{direction:ltr}
[aria-pressed=true],[aria-expanded=true]{background:linear-gradient(var(--a) 0 0)50% 92%/1.5em 3px no-repeat}
.now{flex:1;min-width:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.now,.time{padding:.5em .4em 0}
.ask{margin-left:auto}.pays{background:var(--a);color:var(--s)}
.bar{flex:0 0 100%;gap:3px;height:44px;cursor:pointer;touch-action:pan-y;
i{flex:1 1 3px;height:6px;border-radius:3px;justify-content:end;forced-color-adjust:none;
background:linear-gradient(var(--a) 0 0) 0/clamp(0%,100%*(var(--now) - var(--from))/var(--for),100%) no-repeat,var(--l)}
.at{height:10px}
.due:after{content:"";padding:5px;border-radius:9px;background:var(--a);border:2px solid var(--s)}}
.text{max-height:16em;overflow:auto;position:relative;border-top:1px solid var(--l);
button{width:100%;text-align:start}time{flex:none}}
[aria-current]{box-shadow:inset 3px 0 var(--a)}
.quiz{margin:.8em 0;padding:1.1em 1.2em;background:var(--s);color:var(--t);border:1px solid var(--l)}
.q{margin-bottom:.5em;font-size:1.15em;outline:0}
.body{border:0;padding:0;min-width:0;
[type]{flex:0 0 1.2em;height:1.2em;accent-color:var(--a)}[inputmode]{width:10em;border-color:var(--l)}}
.told{margin:.6em 0;color:var(--litnet-wrong,light-dark(#b22,#f98));&.y{color:var(--litnet-right,light-dark(#162,#7d8))}}
.quiz .main{background:var(--t);color:var(--s)}.score{flex:auto;text-align:end}
@container(width>=40em){.line{min-height:calc(2lh + .5em);font-size:1.1em}}
@container(width>=50em){.asked{grid-template-columns:minmax(0,1.75fr) minmax(19em,1fr);column-gap:1em;
.film,.quiz{grid-area:1/1;align-self:start;max-width:none}.quiz{grid-column:2;margin-block:0}}}
.stage>:not(.film){margin-inline:var(--litnet-gutter,0)}
.soon:after{content:"";height:calc(4.5lh + 92px)}
:host(:fullscreen){background:#0b0c0e;color:#eee;color-scheme:dark;overflow:auto;padding:0 1em}
@container(width>=60em){:host(:fullscreen){.film{--h:6.6em}.bar{flex:1 0 9em}.now,.time{flex:0 1 auto;padding:0 .4em}}}
@media(forced-colors){:host{--a:Highlight;--l:GrayText}}
@media print{.stage>:not(.film),.start{display:none!important}}`);
