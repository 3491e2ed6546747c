"""A process that has litnet's own modules ready, and forks one of its own for each command.

The fork does what ``python -m litnet`` does, up to the interpreter's own end; only the imports lie
behind it. Orders come on stdin, each a line of JSON; to stdout go the fork's number and then, when
it ended, its code, its seconds of CPU and its largest memory in kilobytes (of its children, too).
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import sys
import warnings

sys.path[0] = os.getcwd()  # as with -m

import PIL.Image  # noqa: E402, F401

import litnet.cli  # noqa: E402
import litnet.clips.film  # noqa: E402
import litnet.clips.render  # noqa: E402
import litnet.lessons.build  # noqa: E402
import litnet.record.current  # noqa: E402, F401
import network.digits  # noqa: E402, F401

for line in sys.stdin:
    order = json.loads(line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that NumPy's threads, which wait for work, stay behind
        child = os.fork()
    if child == 0:
        break
    print(child, flush=True)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss]), flush=True)
else:
    sys.exit()

os.setsid()
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
for descriptor, path in ((1, order["out"]), (2, order["err"])):
    os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), descriptor)
os.environ.clear()
os.environ.update(order["environment"])
os.chdir(order["cwd"])
resource.setrlimit(resource.RLIMIT_AS, (order["most"], order["most"]))
sys.argv = ["litnet", *order["arguments"]]
runpy.run_module("litnet", run_name="__main__", alter_sys=True)
