"""``make test`` tells the truth: nothing that did not run, or ran and failed, counts as passed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsi_portal.environment import ROOT
from tests import suite
from tests.parts.chromium import chromium
from tests.parts.postgres import REMEDY
from tests.parts.program import PartMissing


def run_of(tests: str, folder: Path) -> suite.Row:
    (folder / "test_it.py").write_text(tests)
    return suite.run_pytest("some", "here", [str(folder), "--rootdir", str(folder)], {}, folder)


def test_what_passed_failed_and_was_skipped_is_counted(tmp_path):
    row = run_of(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert False\ndef test_c(): pytest.skip('x')\n",
        tmp_path,
    )

    assert (row.passed, row.failed, row.skipped) == (1, 1, 1)


@pytest.mark.parametrize(
    "tests", ["", "import nothing_of_that_name\n"], ids=["no test at all", "does not load"]
)
def test_a_run_without_tests_is_a_failure(tests, tmp_path):
    row = run_of(tests, tmp_path)

    assert (row.passed, row.failed, row.skipped) == (0, 1, 0)


@pytest.mark.parametrize(
    ("row", "code", "last"),
    [
        (suite.Row("some", "here", passed=3), 0, "3 passed, 0 failed, 0 skipped"),
        (suite.Row("some", "here", passed=2, failed=1), 1, "2 passed, 1 failed, 0 skipped"),
        (suite.Row("some", "here", passed=2, skipped=1), 1, "2 passed, 0 failed, 1 skipped"),
    ],
)
def test_the_last_line_is_the_sum_and_a_skipped_test_is_a_failure(row, code, last, capsys):
    assert suite.close([row]) == code
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_a_part_that_cannot_be_had_is_a_failure_that_names_the_remedy(tmp_path):
    ask = "from tests.parts import postgres; postgres._candidates = lambda folder: []; postgres.postgres().__enter__()"
    env = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 1
    assert f"PartMissing: {REMEDY}" in done.stderr


def test_a_browser_that_does_not_start_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "chromium"))

    with pytest.raises(PartMissing, match="does not start.+apt install chromium"):
        chromium()
