// How it looks.
export const STYLE = `
:host{display:block;container-type:inline-size;color-scheme:dark;
font-family:var(--litnet-font,"Litnet Sans","Litnet Sans KR",system-ui,sans-serif);line-height:1.45;text-align:start}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box}
:host{--q:var(--litnet-quiet,#a6abb5);--a:var(--litnet-accent,#ffd166)}
.card{display:grid;gap:.75rem;padding:.75rem;border-radius:14px;border:1px solid #343a46;grid-template:"tabs tabs" "pad side" "net net" "tools tools" "panel panel"/minmax(0,15rem) minmax(5.5rem,1fr);
background:var(--litnet-stage,#000);color:var(--litnet-text,#f2f2f2);forced-color-adjust:none;font-variant-numeric:tabular-nums}
.wide{grid-column:1/-1}
.tabs{grid-area:tabs;display:flex;overflow-x:auto;scrollbar-width:none;border-bottom:1px solid #343a46;margin:-.75rem -.75rem 0;padding:0 .5rem}
.tabs button{flex:none;background:none;border:0;border-radius:0;border-bottom:3px solid transparent;color:#a6abb5;padding:.3rem .7rem;min-height:3rem}
.tabs button:hover{color:#f2f2f2;background:none}
.tabs button[aria-selected=true]{color:#f2f2f2;border-color:var(--a)}
.tabs button:focus-visible{outline-offset:-4px}
.pad{grid-area:pad;position:relative;width:100%;aspect-ratio:1}
.pad canvas{width:100%;height:100%;border-radius:8px;background:#000;border:1px solid #5b6578;
touch-action:none;cursor:crosshair;display:block;user-select:none;-webkit-user-select:none}
.hint{position:absolute;inset:0;display:grid;place-content:center;text-align:center;pointer-events:none;color:var(--q);padding:1rem}
:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.net{grid-area:net;position:relative;min-width:0}
.net>canvas{display:block;width:100%;touch-action:manipulation}
p,fieldset,figure{margin:0}
.legend,.keys,.note,figcaption{unicode-bidi:plaintext;font-size:.85rem;color:var(--q)}
.up{color:#ffb547}.low{color:#6c9bff}
.tip{position:absolute;display:flex;gap:.6rem;align-items:center;pointer-events:none;padding:.5rem;max-width:17rem;border-radius:10px;background:#12151c;border:1px solid #5b6578;font-size:.8rem;box-shadow:0 6px 24px #000c}
.tip div{display:grid}.tip span{color:#a6abb5}.tip .eye{flex:none;width:84px}
.tools{grid-area:tools;display:flex;gap:.35rem;overflow-x:auto;min-width:0;padding:4px;margin:-4px}.tools button{flex:none}
button,input[type=number],.option{font:inherit;font-size:.95rem;color:inherit;background:#1a1e27;border:1px solid #7d879b;border-radius:8px;min-height:2.75rem;min-width:2.75rem;padding:.3rem .8rem}
button,.option{cursor:pointer}
button:hover,.option:hover{background:#2a303d}
button[aria-pressed=true],.option:has(:checked){background:#f2f2f2;color:#000;border-color:#f2f2f2}
button:disabled{color:#8a92a0;border-color:#454c5a;cursor:default;background:none}
.film,.main{border-color:var(--a);color:var(--a)}
.film:disabled,.main:disabled{color:#8a92a0;border-color:#454c5a}
.all{display:flex;gap:.35rem}.eg{padding:2px;line-height:0}.eg canvas{width:2.3rem;height:2.3rem;image-rendering:pixelated;border-radius:5px}
.side{grid-area:side;display:flex;flex-direction:column;gap:.5rem;justify-content:space-between}
.side button{font-size:.85rem;padding:.2rem;width:100%;overflow-wrap:anywhere}
.answer{display:grid;gap:.25rem;font-size:.85rem;color:var(--q)}
.name{font-size:4rem;line-height:1;color:var(--a);overflow-wrap:anywhere;min-height:4rem;display:block}
.name.long{font-size:2rem}
.note{color:#ffd166}.error{margin:0}
code{display:block;margin-top:.3rem;padding:.5rem .7rem;border-radius:6px;background:#1a1e27;color:#f2f2f2;overflow-wrap:anywhere;user-select:all;font-size:.9rem}
.panel{grid-area:panel;display:grid;gap:.9rem;min-width:0}
.row .main{min-width:6.5rem}.row{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center}.grow{flex:1;min-width:8rem}
label{font-size:.85rem;color:var(--q)}
.row label:has([type=number]){display:flex;gap:.5rem;align-items:center}
input[type=number]{width:5.5rem;background:#000;color:#f2f2f2}
input[type=range]{width:100%;height:2.75rem;margin:0;accent-color:var(--a);cursor:pointer}
.slide{display:grid;grid-template-columns:auto 1fr 4rem;gap:.75rem;align-items:center}
output{color:#f2f2f2;text-align:end;font-size:.95rem}
.options{border:0;padding:0;display:flex;flex-wrap:wrap;gap:.35rem;min-width:0}
legend{padding:0 0 .4rem}
.option{display:grid;place-content:center;color:#f2f2f2}.option:has(:focus-visible){outline:3px solid var(--a);outline-offset:2px}
.two{display:grid;gap:1rem 2rem;align-items:start}.two>*{display:grid;gap:.6rem;min-width:0}
.panel>button{justify-self:start}.panel canvas{display:block;width:100%}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 1.5rem;font-size:.85rem;color:var(--q)}
.facts>div{display:grid;flex:1;min-width:7rem;align-content:start}
.facts b{font-size:1.5rem;font-weight:500;color:#f2f2f2}
.facts .new{color:#7bd88f}p.facts{display:block}p.facts b{font-size:1.1rem}
.panel .eye,.eye{image-rendering:pixelated;width:100%;border-radius:4px;background:#000;aspect-ratio:1}
.panel .eye.flat,.eye.flat{aspect-ratio:auto;height:1.5rem}
.frame{position:relative;max-width:14rem;cursor:crosshair}
.cross{position:absolute;outline:2px solid #ffd166;pointer-events:none}
.eyes{display:grid;grid-template-columns:repeat(8,1fr);gap:4px}
figure{display:grid;gap:.6rem}
details{font-size:.9rem}summary{cursor:pointer;min-height:2.75rem;align-content:center}
dl{margin:.3rem 0;color:var(--q)}dt{color:#f2f2f2}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@container (min-width:620px){
.card{gap:1rem 1.75rem;padding:1.25rem;grid-template:"tabs tabs" "pad net" "side net" "tools tools" "panel panel"/minmax(220px,28%) 1fr;grid-template-rows:auto auto 1fr}
.tabs{margin:-1.25rem -1.25rem 0;padding:0 .75rem}.tabs button{padding:.3rem 1rem}
.side{flex-flow:row wrap;align-content:start}.side button{width:auto;flex:1;padding:.3rem .8rem}.answer{flex:1 0 100%;grid-template-columns:auto 1fr;gap:0 1rem;align-items:center}
.panel{border-top:1px solid #343a46;padding-top:1rem}
.two{grid-template-columns:1fr 1fr}}
@media (forced-colors:active){.card{border-color:CanvasText}}
`;
