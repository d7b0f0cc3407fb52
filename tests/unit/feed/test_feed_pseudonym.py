import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from publisher.errors import UsageProblem
from publisher.feed.pseudonym import PseudonymKey, create_key_file, load_key

SECRET = "quite long enough to be a secret"


def test_key_from_the_environment_and_from_a_file_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "pupils.key"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    from_file = load_key({}, path)
    from_environment = load_key({"PUBLISHER_KEY": SECRET}, None)
    assert from_file.fingerprint == from_environment.fingerprint
    assert from_file.pupils(["Z801200001001"]) == from_environment.pupils(["Z801200001001"])


def test_environment_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "pupils.key"
    create_key_file(path)
    found = load_key({"PUBLISHER_KEY": SECRET}, path)
    assert found.fingerprint == PseudonymKey(SECRET).fingerprint


def test_no_key_says_what_to_do() -> None:
    with pytest.raises(UsageProblem) as problem:
        load_key({}, None)
    assert "PUBLISHER_KEY" in problem.value.advice


def test_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"pupils\.key"):
        load_key({"PUBLISHER_KEY": "  "}, tmp_path / "pupils.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "pupils.key"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(UsageProblem) as problem:
        load_key({}, path)
    assert "chmod 600" in problem.value.advice


def test_empty_key_is_refused() -> None:
    with pytest.raises(UsageProblem, match="empty"):
        PseudonymKey("")


def test_created_key_file_is_private_random_and_never_overwritten(tmp_path: Path) -> None:
    first, second = tmp_path / "a.key", tmp_path / "b.key"
    create_key_file(first)
    create_key_file(second)
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.read_text() != second.read_text()
    before = first.read_text()
    with pytest.raises(UsageProblem, match="not overwritten"):
        create_key_file(first)
    assert first.read_text() == before


def test_key_is_never_shown() -> None:
    key = PseudonymKey(SECRET)
    assert SECRET not in repr(key) + str(key)
    assert repr(key) == "PseudonymKey(hidden)"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_pseudonym_depends_on_key_and_pupil_and_is_no_plain_hash() -> None:
    key, other = PseudonymKey(SECRET), PseudonymKey(SECRET + "!")
    upns = ["Z801200001001", "Z801200001002", "Z801200001001"]
    numbers = key.pupils(upns)
    assert numbers.dtype == np.int64
    assert numbers[0] == numbers[2] != numbers[1]
    assert not set(numbers) & set(other.pupils(upns))
    plain = hashlib.blake2b(upns[0].encode(), digest_size=8).digest()
    assert numbers[0] != int.from_bytes(plain, "big", signed=True)


def test_tie_key_is_bound_to_the_key_and_is_not_the_fingerprint() -> None:
    key, other = PseudonymKey(SECRET), PseudonymKey(SECRET + "!")
    assert key.tie_key() == PseudonymKey(SECRET).tie_key() != other.tie_key()
    assert len(key.tie_key()) == 32
    assert key.fingerprint not in key.tie_key().hex()
