// The pad: strokes, examples and clearings, with a mouse, a finger, a pen or the keyboard.
import { aria, make, write } from "./dom.js";
import { GOLD, paint, ring } from "./draw.js";
import { EDGE, PAD, PAGE, png, stroke } from "./ink.js";
import { clip, max, min, round } from "./maths.js";

// What is drawn: {canvas, page, pen, eraser, undo, clear: buttons; empty, open, shown: functions}. Each of
// `ops` is a stroke {points, radius, erase}, an example {example: its number}, or a clearing {}; undo takes
// the last one off.
export function drawing(element) {
  const { say, button, network } = element;
  const { side, examples } = network;
  const page = new Uint8Array(PAGE * PAGE);
  const sketch = make("canvas");
  const ops = [];
  let at = [PAD / 2, PAD / 2]; // the keyboard's place
  let open = null; // the stroke that is being drawn
  let keyed = false;
  let finger;
  let erasing = false;

  const width = () => {
    const pen = parseFloat(element.getAttribute("pen"));
    return ((pen > 0.005 && pen <= 0.3 ? pen : 0.08) * PAD) / 2;
  };
  // Inks a stroke from a point before the k-th to it.
  const ink = ({ points, radius, erase }, k) => stroke(page, points[max(0, k - 1)], points[k], radius, erase);
  const up = () => {
    if (!open) return;
    open = null;
    element.later();
  };
  const extend = (point) => {
    const { points } = open;
    if (`${points.at(-1)}` === `${point}`) return;
    points.push(point);
    ink(open, points.length - 1);
    element.drawn();
  };
  const begin = (point, erase) => {
    up();
    open = { points: [], radius: width() * (erase ? 1.8 : 1), erase };
    ops.push(open);
    extend(point);
  };
  // All again, from the last thing on that covers what was before.
  const replay = () => {
    open = null;
    page.fill(0);
    for (const op of ops.slice(max(0, ops.findLastIndex(({ points }) => !points)))) {
      if (op.example !== undefined) {
        const { pixels } = examples[op.example];
        const scaled = (v) => ((v * side) / PAD) | 0;
        for (let y = 0; y < PAD; y++)
          for (let x = 0; x < PAD; x++) page[(y + EDGE) * PAGE + x + EDGE] = pixels[scaled(y) * side + scaled(x)];
      }
      op.points?.forEach((_, k) => ink(op, k));
    }
    element.drawn();
  };
  // The example that is shown as it is, if one is.
  const shown = () => examples[ops.at(-1)?.example];
  const empty = () => !ops.at(-1)?.points && !shown();
  const example = (k) => {
    ops.push({ example: k });
    replay();
  };
  const undo = button("undo", () => {
    ops.pop();
    replay();
  });
  const clear = button("clear", () => {
    if (!empty()) ops.push({});
    replay();
  });
  const tool = (erase) => {
    erasing = erase;
    aria(pen, "pressed", !erase);
    aria(eraser, "pressed", erase);
  };
  const pen = button("pen", () => tool(false));
  const eraser = button("eraser", () => tool(true));
  tool(false);

  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [clip((clientX - box.left) / box.width) * PAD, clip((clientY - box.top) / box.height) * PAD];
  };
  const lift = () => {
    if (open) up();
    else begin(at, erasing);
    write(element.parts.live, say(open ? "down" : "up"));
  };
  const move = (dx, dy) => (event) => {
    const step = event.shiftKey ? 2.5 : 10;
    at = [clip(at[0] + step * dx, PAD), clip(at[1] + step * dy, PAD)];
    if (open) extend(at);
  };
  const keys = {
    arrowleft: move(-1, 0),
    arrowright: move(1, 0),
    arrowup: move(0, -1),
    arrowdown: move(0, 1),
    " ": lift,
    enter: lift,
    e: () => tool(!erasing),
    z: undo.onclick,
    delete: clear.onclick,
    backspace: clear.onclick,
  };
  const onkeydown = (event) => {
    const key = event.key.toLowerCase();
    if (event.altKey || !Object.hasOwn(keys, key) || ((event.ctrlKey || event.metaKey) && key !== "z")) return;
    keys[key](event);
    event.preventDefault();
    keyed = true;
    element.soon();
  };
  const canvas = make("canvas", {
    tabindex: 0,
    role: "application",
    "aria-label": say("pad"),
    "aria-describedby": "keys",
    onkeydown,
    onpointerdown: (event) => {
      const { button, pointerId } = event;
      if (!event.isPrimary || (button && button !== 5)) return;
      canvas.setPointerCapture(pointerId);
      finger = pointerId;
      begin(place(event), erasing || button === 5);
    },
    onpointermove: (event) => {
      if (!open || event.pointerId !== finger || !event.buttons) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) extend(place(one));
    },
    onpointerup: up,
    onpointercancel: up,
    onfocus: element.soon,
    onblur: up,
  });

  const resize = () => (canvas.width = canvas.height = round(canvas.clientWidth * min(3, devicePixelRatio)) || 1);
  const draw = () => {
    undo.disabled = !ops.length;
    clear.disabled = empty();
    const c = canvas.getContext("2d");
    const wide = canvas.width / PAD;
    paint(sketch, page.subarray(EDGE * PAGE, (EDGE + PAD) * PAGE), PAGE);
    c.drawImage(sketch, EDGE, 0, PAD, PAD, 0, 0, canvas.width, canvas.width);
    if (!keyed || !canvas.matches(":focus")) return;
    for (const [colour, thick] of [["#000", 5], [GOLD, 2.5]]) {
      c.setLineDash(open ? [] : [thick * wide * 2]);
      ring(c, at[0] * wide, at[1] * wide, width() * wide, colour, thick * wide);
    }
  };
  return {
    page, canvas, pen, eraser, undo, clear, example, empty, shown, resize, draw,
    open: () => open,
    // What is drawn as a PNG that `litnet render --digit` takes.
    png: () => (shown() ? png(shown().pixels, side) : png(page, PAGE)),
  };
}
