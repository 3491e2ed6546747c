"""``python -m litnet`` is the command ``litnet``."""

from litnet.cli import main

if __name__ == "__main__":
    main(prog_name="litnet")
