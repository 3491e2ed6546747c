// The page of a lesson: what is being read, and what was answered.

const all = (selector) => [...document.querySelectorAll(selector)];

// --- contents: the part that is read, and those that were ---
const links = all(".contents a");
const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
const follow = () => {
  // A part is read from where its heading has come to the upper third of the window.
  const here = parts.findLastIndex((part) => part.getBoundingClientRect().top < innerHeight / 3);
  links.forEach((link, i) => {
    link.parentNode.classList.toggle("read", i < here);
    if (i === here) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  });
};
let waiting = false;
if (links.length) {
  // In the frame that is laid out anyway.
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      follow();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  soon();
}

// --- the card of what was answered ---
const line = document.querySelector(".score");
const list = document.querySelector(".result ol");
const scores = new Map(); // each clip keeps its own

const stateOf = (answer) => {
  if (!answer) return "open";
  if (answer.score === null) return "skipped";
  if (!answer.score) return "wrong";
  return answer.attempts > 1 ? "later" : "right";
};
document.addEventListener("litnet:score", (event) => {
  if (!line) return;
  const clip = event.target;
  scores.set(clip, event.detail.right);
  const right = [...scores.values()].reduce((sum, score) => sum + score, 0);
  line.textContent = line.dataset.text
    .replace("{right}", String(right))
    .replace("{asked}", line.dataset.questions);
  for (const item of list.children) {
    if (item.dataset.clip !== clip.getAttribute("name")) continue;
    const state = stateOf(clip.answers?.[item.dataset.question]);
    item.dataset.state = state;
    item.querySelector(".state span").textContent = list.dataset[state];
    item.querySelector(".back").hidden = state === "open";
  }
  document.querySelector(".print").hidden = false;
});
document.querySelector(".print")?.addEventListener("click", () => {
  document.body.classList.add("card");
  print();
  document.body.classList.remove("card");
});
list?.addEventListener("click", ({ target }) => {
  if (!target.matches(".back")) return;
  const { clip: name, question } = target.closest("li").dataset;
  const clip = all("lit-clip").find((one) => one.getAttribute("name") === name);
  clip?.scrollIntoView({ block: "center" });
  clip?.review(question);
});
