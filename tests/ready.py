"""A process that has manim ready, and forks one of its own for each ``manim render``.

litnet's farm does the same. The fork does what ``python -m manim`` does, up to the interpreter's
own end; only the imports, which take longer than many of the tests' films, lie behind it.

Orders come on stdin, each a line of JSON; the code that each ended with goes to stdout.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import warnings

sys.path[0] = os.getcwd()

import manim.cli.render.commands  # noqa: E402, F401

import litnet.scene  # noqa: E402, F401

for line in sys.stdin:
    order = json.loads(line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that NumPy's threads, which wait for work, stay behind
        child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()

os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
for descriptor, path in ((1, order["out"]), (2, order["err"])):
    os.dup2(os.open(path, os.O_WRONLY), descriptor)
os.chdir(order["folder"])
sys.path[0] = order["folder"]  # as with -m
os.environ.clear()
os.environ.update(order["environment"])
sys.argv = ["manim", *order["arguments"]]
runpy.run_module("manim", run_name="__main__", alter_sys=True)
