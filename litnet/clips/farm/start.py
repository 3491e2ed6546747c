"""The first instructions of a worker, before any import that could take long or fail.

``python -P start.py END PARENT``: from here on the process ends when its parent does, whatever it
is at then: also where an import, for want of memory, never comes back. (On Windows, where nobody
hears of a parent's end, it ends with its connection.)
"""

import os
import sys


def end_with(parent: int) -> None:
    """End this process when its parent is gone."""
    if os.name == "nt":
        return
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
    else:
        import threading
        import time

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(0.5)
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    if os.getppid() != parent:  # gone before it could be heard of
        os._exit(1)


if __name__ == "__main__":
    end_with(int(sys.argv[2]))
    sys.path.insert(0, os.path.abspath(__file__).rsplit(os.sep, 4)[0])  # where litnet lies
    from litnet.clips.farm.worker import main

    main(sys.argv[1], end_with)
