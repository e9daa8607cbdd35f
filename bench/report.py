"""What was measured, as the tables of docs/figures.md: each stands there between two marks and is written anew."""

from __future__ import annotations

from bench.measuring import AT_A_TIME, SIZES

HAND_IN = "whole journey of a case, first page to receipt, 22 requests"
#: What is promised: in words, until where, and by which lines of the table it is kept.
PAGES = (
    (
        "a page of a case or of the call",
        "≤ 8 ms",
        ("call page", "questions", "overview", "about GET", "check"),
    ),
    ("five jurisdictions", "≤ 12 ms", ("five jurisdictions GET", "five jurisdictions POST")),
    ("staff list of 50 cases", "≤ 100 ms", ("staff list of 50",)),
    ("page of a workshop", "≤ 6 ms", ("workshop",)),
    ("one's own seat", "≤ 8 ms", ("one's own seat",)),
    ("staff list of 50 people", "≤ 80 ms", ("staff list of 50 people",)),
)
WHOLE = (
    (HAND_IN, "≤ 160 ms, ≤ 120 SQL", "journey"),
    ("whole registration, page to one's own, 3 requests", "≤ 30 ms", "registration"),
)
EXPORTS = (
    ("10,000 people as CSV", "≤ 5 s", "export CSV"),
    ("10,000 people as XLSX", "≤ 5 s", "export XLSX"),
)


def written_into(page: str, said: dict) -> str:
    """The page with its tables written anew. Raises ValueError for one whose marks are not there."""
    tables = {
        "machine": _machine(said),
        "aims": _aims(said),
        "one at a time": _one_at_a_time(said),
        "together": _together(said),
        "reminders": _reminders(said),
    }
    if said["lighthouse"]:  # else there was no Node, and what stands there stays
        tables["lighthouse"] = lighthouse_table(said["lighthouse"])
    for name, table in tables.items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _old, end, after = rest.partition("<!-- end -->")
        if not (mark and end):
            raise ValueError(f"docs/figures.md has no place for: {name}")
        page = f"{before}{mark}{table}\n{end}{after}"
    return page


def _machine(said: dict) -> str:
    began, ended = said["load"]
    return (
        f"{said['machine']}, PostgreSQL {said['postgresql']}, {said['month']}. "
        f"So many processes wanted the processors: {began:.0f} at the beginning, {ended:.0f} at the end."
    )


def _aims(said: dict) -> str:
    few, many = SIZES
    crowd, leaving = _rush(said)
    rows = [["", "aim", f"measured, {few:,}", f"measured, {many:,}"]]
    for words, aim, name in WHOLE:
        rows.append([words, aim, *(_from_to(said, size, name, sql=True) for size in (few, many))])
    for words, aim, names in PAGES:
        rows.append([words, aim, *(_from_to(said, size, *names) for size in (few, many))])
    for words, aim, name in EXPORTS:
        rows.append([words, aim, "", f"{_line(said, many, name)['p50'] / 1000:.1f} s"])
    rows.append(
        [
            f"{crowd['count']} people at once for 30 seats",
            "right, all answered within 15 s",
            "",
            f"right; {_crowded(crowd)}",
        ]
    )
    rows.append(
        [
            f"{leaving['count']} of them give back at once",
            "no seat empty, none given twice",
            "",
            _crowded(leaving),
        ]
    )
    last = said["reminders"][-1]
    rows.append(
        [
            f"{last['people']:,} reminders, one worker",
            "≥ 100 a second, ≤ 5 ms",
            "",
            f"{last['letters_per_second']:.0f} a second, {last['letters_cpu']:.1f} ms",
        ]
    )
    memory = said["memory"]
    parts = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    rows.append(
        ["memory of our own processes, warm", "≤ 400 MB", "", f"{sum(memory.values()):.0f} MB ({parts})"]
    )
    return _table(rows)


def _from_to(said: dict, size: int, *names: str, sql: bool = False) -> str:
    """Of these lines, from the least to the highest mean."""
    lines = [_line(said, size, name) for name in names]
    least, most = min(line["least"] for line in lines), max(line["cpu"] for line in lines)
    digits = 0 if most >= 20 else 1
    words = f"{least:.{digits}f} to {most:.{digits}f} ms"
    return words + (f", {lines[0]['statements']:.0f} SQL" if sql else "")


def _crowded(line: dict) -> str:
    return (
        f"95 of 100 answered within {line['p95'] / 1000:.1f} s, the last after {line['count'] / line['per_second']:.1f} s, "
        f"{line['cpu']:.0f} ms each"
    )


def _one_at_a_time(said: dict) -> str:
    single = [line for line in said["figures"] if line["times_bare"]]
    few, many = SIZES
    rows = [
        [
            "operation",
            f"least, {few:,}",
            "mean",
            "× bare",
            f"least, {many:,}",
            "mean",
            "× bare",
            "SQL",
            "p50",
            "p95",
        ]
    ]
    for name in dict.fromkeys(line["operation"] for line in single):
        one, other = (_line(said, size, name) for size in (few, many))
        costs = [
            f"{value:.1f}"
            for line in (one, other)
            for value in (line["least"], line["cpu"], line["times_bare"])
        ]
        rows.append(
            [name, *costs, f"{other['statements']:.0f}", f"{other['p50']:.0f}", f"{other['p95']:.0f}"]
        )
    return _table(rows)


def _together(said: dict) -> str:
    many = SIZES[-1]
    lines = [line for line in said["figures"] if line["at_a_time"] in AT_A_TIME and line["size"] == many]
    rows = [["operation", "at a time", "per second", "p50", "p95", "p99", "CPU"]]
    for line in (*lines, *_rush(said)):
        times = [f"{line[name]:,.0f}" for name in ("p50", "p95", "p99")]
        rows.append(
            [
                line["operation"],
                str(line["at_a_time"]),
                f"{line['per_second']:.1f}",
                *times,
                f"{line['cpu']:.1f}",
            ]
        )
    return _table(rows)


def _reminders(said: dict) -> str:
    rows = [
        [
            "reminders", "rows a second", "worker, ms each", "database, ms each", "letters a second",
            "worker, ms each", "database, ms each", "MB before", "at most while writing", "at most while sending",
        ]
    ]  # fmt: skip
    for each in said["reminders"]:
        rows.append(
            [
                f"{each['people']:,}",
                f"{each['rows_per_second']:,.0f}", f"{each['rows_cpu']:.2f}", f"{each['rows_database']:.2f}",
                f"{each['letters_per_second']:.0f}", f"{each['letters_cpu']:.2f}", f"{each['letters_database']:.2f}",
                f"{each['memory_before']:.0f}", f"{each['memory_writing']:.0f}", f"{each['memory_sending']:.0f}",
            ]
        )  # fmt: skip
    return _table(rows)


def lighthouse_table(pages: list[dict]) -> str:
    rows = [["page", "performance", "accessibility", "best practices", "SEO", "KB transferred"]]
    rows += [
        [each["page"], *(str(score) for score in each["scores"]), f"{each['kilobytes']:.0f}"]
        for each in pages
    ]
    return _table(rows)


def _rush(said: dict) -> list[dict]:
    return [line for line in said["figures"] if line["at_a_time"] > max(AT_A_TIME)]


def _line(said: dict, size: int, name: str) -> dict:
    return next(
        line
        for line in said["figures"]
        if (line["operation"], line["size"], line["at_a_time"]) == (name, size, 1)
    )


def _table(rows: list[list[str]]) -> str:
    head, *rest = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])
