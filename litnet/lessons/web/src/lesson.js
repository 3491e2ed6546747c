// The sum of what was answered rightly, below the lesson: each clip keeps its own score.
const line = document.querySelector(".score");
const scores = new Map();

document.addEventListener("litnet:score", (event) => {
  scores.set(event.target, event.detail.right);
  const right = [...scores.values()].reduce((sum, score) => sum + score, 0);
  line.textContent = line.dataset.text
    .replace("{right}", String(right))
    .replace("{asked}", line.dataset.questions);
});
