// Film this: the drawing as a file, and the command that films it.
import { crc32 } from "./bytes.js";
import { make } from "./dom.js";
import { plain } from "./network.js";

export async function film(element, saved) {
  const blob = await element.png();
  const file = `digit-${crc32(element.page).toString(16).padStart(8, "0").slice(0, 4)}.png`;
  const link = make("a", { href: URL.createObjectURL(blob), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  const model = element.getAttribute("model");
  const quoted = /^[\w./-]+$/.test(model) ? model : `'${plain(model).replaceAll("'", "'\\''")}'`;
  const command = `litnet render LayerIntro --digit ${file}${model ? ` --model ${quoted}` : ""}`;
  saved.replaceChildren(element.say("saved", { file }), make("code", { translate: "no" }, command));
  saved.hidden = false;
}
