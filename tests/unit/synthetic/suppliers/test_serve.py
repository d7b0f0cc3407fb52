"""A supplier that is there while a program runs, and only then."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.synthetic.suppliers import serve
from tests.unit.feed.wonde.toy_pulls import write_pull

ASK = """
import sys, urllib.request
asked = urllib.request.Request(sys.argv[1] + "/v1.0/schools")
asked.add_header("Authorization", "Bearer demonstration")
open(sys.argv[2], "w").write(sys.argv[1] + " " + urllib.request.urlopen(asked).read().decode())
sys.exit(7)
"""


def test_the_program_is_given_the_address_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", "demonstration")
    write_pull(tmp_path / "pulls")
    said = tmp_path / "said"
    words = [str(tmp_path / "pulls"), sys.executable, "-c", ASK, "{address}", str(said)]
    assert serve.main(words) == 7
    address, answer = said.read_text().split(" ", 1)
    assert '"urn": 100001' in answer
    host, port = address.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, int(port)), 5):
        pass


def test_too_few_words_are_told():
    command = [sys.executable, "-m", "publisher.synthetic.suppliers.serve"]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 2
    assert "FOLDER PROGRAM" in done.stderr


def test_a_pull_through_the_commands_tells_what_became_of_it(tmp_path: Path):
    write_pull(tmp_path / "pulls")
    program = str(Path(sys.executable).with_name("publisher"))
    known = {
        "PUBLISHER_SUPPLIER_TOKEN": "demonstration",
        "PUBLISHER_KEY": "a key for tests, not a secret",
    }
    command = [
        sys.executable, "-m", "publisher.synthetic.suppliers.serve", str(tmp_path / "pulls"),
        program, "ingest", "{address}", "--format", "wonde", "--store", str(tmp_path / "store"),
    ]  # fmt: skip
    done, again = (
        subprocess.run(command, capture_output=True, text=True, env={**os.environ, **known})
        for _ in range(2)
    )
    assert done.returncode == again.returncode == 0, done.stderr
    assert "2025-11-07T1831: 1 marks, 2 pupils" in done.stdout
    assert "Batches: 1 already stored." in again.stdout, "another port is another supplier"
    assert "demonstration" not in done.stdout + done.stderr
