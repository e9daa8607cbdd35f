"""Tables for a spreadsheet: streamed, and nothing in them that would be run; and the same for programs, as JSON.

A cell that begins like a formula gets an apostrophe, as OWASP advises for CSV. So does, in CSV, whatever would begin
like one after a line break, a tab or a semicolon: where the comma is the decimal sign, spreadsheets part cells there,
whatever stands in quotes.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

#: What spreadsheets take for the beginning of a formula, also in its full-width shape and after a line break.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What would begin a cell, or a line, of its own in the middle of a text.
_APART = re.compile(r'(?<![;"\s])[;"\s]++(?=[=+\-@＝＋－＠])')
#: Signs that no spreadsheet file can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What the name of a sheet cannot hold.
_SHEET = re.compile(r"[\[\]:*?/\\]")
#: Lines sent at once.
LINES = 200
#: A cell of a workbook holds no more.
CELL = 32_767

Table = Iterator[list[str]]


def harmless(value: Any) -> str:
    """The text of a cell, as a spreadsheet shows it and never runs it."""
    text = _CONTROL.sub("", value if isinstance(value, str) else str(value))
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _apart(text: str) -> str:
    return _APART.sub(lambda run: f"{run[0]}'" if set(run[0]) & set(";\t\r\n") else run[0], text)


def download(table: Table, *, kind: str, name: str) -> HttpResponseBase:
    """The table as a file that is streamed to whoever asked; ``kind`` is «csv» or «xlsx», ``name`` has no ending."""
    if kind == "xlsx":
        file = xlsx_file(table, title=name)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    return streamed(csv_lines(table), f"{name}.csv", "text/csv; charset=utf-8")


def download_json(objects: Iterable[dict], *, name: str) -> HttpResponseBase:
    """The objects as one JSON list, streamed."""
    return streamed(json_lines(objects), f"{name}.json", "application/json; charset=utf-8")


def streamed(pieces: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    """A file sent piece by piece, as a download of that name."""
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_lines(table: Table) -> Iterator[bytes]:
    """CSV piece by piece, in UTF-8 with the mark by which spreadsheets know it."""
    yield b"\xef\xbb\xbf"
    written = StringIO()
    writer = csv.writer(written)
    for number, line in enumerate(table, start=1):
        writer.writerow(_apart(cell) for cell in line)
        if number % LINES == 0:
            yield _taken_from(written)
    yield _taken_from(written)


def _taken_from(written: StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


def xlsx_file(table: Table, *, title: str) -> IO[bytes]:
    """A workbook with one sheet, written to a temporary file row by row; memory does not grow with the rows.

    What is longer than a cell can hold is cut there; CSV and JSON have it whole.
    """
    from openpyxl import Workbook  # noqa: PLC0415 (8 MiB that few requests need)

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET.sub(" ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    for line in table:
        sheet.append([cell[:CELL] for cell in line])
    file = TemporaryFile()  # noqa: SIM115 (the answer that sends it closes it)
    book.save(file)
    file.seek(0)
    return file


def json_lines(objects: Iterable[dict]) -> Iterator[bytes]:
    """A JSON list piece by piece, one object a line."""
    written, before = StringIO(), "[\n"
    for number, row in enumerate(objects, start=1):
        written.write(before)
        written.write(json.dumps(row, ensure_ascii=False).encode(errors="replace").decode())
        before = ",\n"
        if number % LINES == 0:
            yield _taken_from(written)
    written.write("[]\n" if before == "[\n" else "\n]\n")
    yield _taken_from(written)
