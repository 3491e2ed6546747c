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
from pathlib import Path

beside = sys.path[0]
sys.path[:1] = [os.getcwd(), beside]

import manim.__main__  # noqa: E402
import manim.cli.render.commands  # noqa: E402, F401
import nursery  # noqa: E402
import sketched  # noqa: E402

import litnet.scene  # noqa: E402, F401
from litnet.cache import cache_folder  # noqa: E402

sys.path.remove(beside)
del sys.modules["manim.__main__"]  # a fork runs it
nursery.warm()

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
cache_folder.cache_clear()  # it is said by the environment, and the loops may lie in one
sys.argv = ["manim", *order["arguments"]]
if order["sketch"]:
    sketched.Sketcher(Path(order["sketch"]), order["draws"]).install()
if order["frames"]:
    sketched.note_frames(Path(order["frames"]))
    sketched.note_motion(Path(order["frames"]).with_suffix(".motion"))
runpy.run_module("manim", run_name="__main__", alter_sys=True)
