"""How pictures of digits of many kinds are read, of those whose original is read rightly.

    python tests/network/measure_handwriting.py FOLDER

FOLDER holds a folder for each kind, with bundled digits drawn again under their own names. For each
kind: how many are read as their original or refused or doubted in a sentence, as `litnet predict`
says it, and how many with 0.5 and more as something else, without a word.
"""

from __future__ import annotations

import sys
from pathlib import Path

from network import InputError, load_network
from network.digits import DIGITS, load_image, read_image, unsure


def main() -> None:
    network = load_network(DIGITS.parent / "models" / "vanilla.npz")
    for kind in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        tried = same = said = sure = 0
        for file in sorted(kind.glob("*.png")):
            own = network.forward(load_image(DIGITS / file.name).ravel())
            if own.prediction != int(file.name[0]):
                continue
            tried += 1
            try:
                scan = read_image(file)
            except InputError:
                said += 1
                continue
            found = network.forward(scan.image.ravel())
            words = scan.said or unsure(found.activations[-1])
            if found.prediction == own.prediction:
                same += 1
            elif words:
                said += 1
            else:
                sure += found.confidence >= 0.5
                print(f"  {file}: {found.prediction} with {found.confidence:.2f}")
        good, wrong = (same + said) / max(1, tried), sure / max(1, tried)
        print(f"{kind.name:<16}{tried:>4}  good {good:7.1%}  said {said:>3}  wrongly {wrong:6.1%}")


if __name__ == "__main__":
    main()
