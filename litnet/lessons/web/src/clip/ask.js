// Ask the neuron: the film goes to the frame near by in which the record knows every place.

import { mark, write } from "./dom.js";

export const ask = (clip) => {
  const { ui_: ui } = clip;
  const { over, value, say: line, ask: button } = ui;
  const { say_: say } = clip;
  let cells, picked; // while one asks: what there is to be asked, and what is

  clip.isAsking_ = () => !!cells;
  clip.picked_ = () => picked;
  const near = (now) => clip.data_.snapshots.find(({ until }) => now <= until) ?? clip.data_.snapshots.at(-1);

  button.onclick = () => {
    if (cells) {
      clip.leave_();
      clip.settled_();
    } else clip.enter_();
  };
  clip.enter_ = () => {
    const snapshot = near(clip.frame_());
    cells = snapshot.layers.flatMap((layer) => layer.x.map((x, i) => ({
      ...layer, x, y: layer.y[i], value: layer.value[i], cell: layer.cell?.[i] ?? i })));
    clip.video_.pause();
    clip.seek_(snapshot.frame);
    pick();
    write(line, say("pick"));
    clip.show_();
    over.focus(); // also scrolls the picture into view
  };
  clip.leave_ = () => {
    if (!cells) return;
    cells = picked = null;
    write(line);
    clip.show_();
  };
  over.onpointermove = over.onpointerdown = (event) => {
    if (event.type === "pointermove" && !event.buttons && (clip.isAsked_() || event.pointerType !== "mouse")) return;
    const matrix = over.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    let best = 1 + 14 * matrix.a; // a finger may miss by a little
    let found;
    for (const cell of cells) {
      const [dx, dy] = [Math.abs(cell.x - x), Math.abs(cell.y - y)];
      const far = cell.kind === "pixels" ? Math.max(dx, dy) : Math.hypot(dx, dy);
      const share = far <= cell.radius ? far / cell.radius : 1 + far - cell.radius;
      if (share <= best) [best, found] = [share, cell];
    }
    if (found !== picked) pick(found);
  };
  clip.move_ = (key) => {
    let to = key === "End" ? cells.at(-1) : cells[0];
    if (picked && /Page/.test(key)) {
      to = key === "PageUp" ? cells.findLast((cell) => cell.layer < picked.layer) : cells.find((cell) => cell.layer > picked.layer);
    } else if (picked && /Arrow/.test(key)) {
      const sign = /Left|Up/.test(key) ? -1 : 1;
      let best = Infinity;
      to = null;
      for (const cell of cells) {
        const way = [cell.x - picked.x, cell.y - picked.y];
        if (/Up|Down/.test(key)) way.reverse();
        const far = sign * way[0] + 4 * Math.abs(way[1]);
        if (sign * way[0] > 0.5 && far < best) [best, to] = [far, cell];
      }
    }
    if (to) pick(to);
  };
  const pick = (cell) => {
    picked = cell;
    ui.mark.style.display = cell ? "" : "none";
    write(value);
    write(line, cell ? "" : say("pick"));
    if (!cell) return;
    const { layer, kind, x, y, radius, reading = null, illustrative, cell: index, value: amount } = cell;
    const { width, sizes, columns, classes, readings } = clip.data_;
    const flat = kind === "pixels"; // squares, not circles
    const scale = 1 / over.getScreenCTM().a;
    const r = radius + 2.5 * scale;
    const left = x > width * 0.8;
    mark(ui.mark, { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: flat ? 0 : r });
    mark(value, { x: x + (left ? -1 : 1) * (r + 5 * scale), y: y + 5 * scale,
      "text-anchor": left ? "end" : "start", "font-size": 15 * scale });
    const output = layer && layer === sizes.length - 1;
    const known = amount !== null;
    const activation = known && clip.shown_(+(Math.abs(amount) < 1 ? amount.toPrecision(3) : amount.toFixed(2)));
    const label = readings[reading]?.label;
    if (known) write(value, activation);
    write(line, [
      say(flat ? "pixel" : output ? "output" : layer ? "hidden" : "input", { layer }),
      !layer && columns ? say("place", { row: Math.floor(index / columns) + 1, column: (index % columns) + 1 })
        : output ? `“${classes[index]}”` : say("neuron", { neuron: index + 1, total: sizes[layer] }),
      known ? say(flat ? "grey" : "activation", { activation }) : say("unlit"),
      label != null && say("reading", { digit: label }),
      illustrative && say("illustrative"),
    ].filter(Boolean).join(" · "));
    clip.tell_("neuron", { layer, cell: index, kind, value: amount, illustrative, reading });
  };

  return [
    () => {
      mark(over, { viewBox: `0 0 ${clip.data_.width} ${clip.data_.height}` });
      button.hidden = !clip.data_.snapshots.length;
    },
    () => {
      const now = clip.frame_();
      // Where the film stands still before the very lights that can be asked.
      button.classList.toggle("pays", !cells && clip.video_.paused && !clip.isAsked_() && !!now
        && Math.abs(near(now)?.frame - now) < 3 * clip.rate_);
      button.ariaPressed = !!cells;
      over.toggleAttribute("hidden", !cells);
    },
  ];
};
