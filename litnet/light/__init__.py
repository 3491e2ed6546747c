"""How light becomes pixels: coverage, exposure, the canvas, and manim's camera on top of them."""
