"""How fast litnet is, measured beside stock Manim and beside the encoder alone.

``python -m benchmarks.run`` writes ``results.md`` and ``results.svg``; ``python -m
benchmarks.encoder`` writes ``encoder.md``. Nothing here is run by the tests.
"""
