"""Serves a folder of pulls on this machine while another program runs.

    python -m publisher.synthetic.suppliers.serve FOLDER PROGRAM ARGUMENT…

`{address}` in an argument becomes the address of the supplier. Ends as the program ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from publisher.synthetic.suppliers.server import Supplier, serving

_FEWEST_WORDS = 2


def main(words: list[str]) -> int:
    """Serve, run, stop; the token is the one that the program will use."""
    if len(words) < _FEWEST_WORDS:
        sys.stderr.write((__doc__ or "") + "\n")
        return 2
    folder, *command = words
    supplier = Supplier(Path(folder), os.environ["PUBLISHER_SUPPLIER_TOKEN"])
    with serving(supplier) as address:
        arguments = [word.replace("{address}", address) for word in command]
        return subprocess.run(arguments, check=False).returncode  # noqa: S603  (the user's own)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
