"""Word, PowerPoint and Excel files of before 2007: compound files whose streams say what they are."""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING

from django.core.files import File

from cases.attachments.refusal import damaged, locked, macros, mismatch

if TYPE_CHECKING:
    from olefile import OleFileIO

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: Streams and storages in one file; a document with many embedded charts has some hundreds.
_MOST_ENTRIES = 4_000
_MOST_RECORDS = 200_000
_MACRO_ENTRIES = frozenset({"_vba_project", "vba", "macros", "_vba_project_cur", "projectwm"})
_LOCKED_ENTRIES = frozenset({"encryptedpackage", "encryptioninfo", "\x06dataspaces", "\tdrmcontent"})

# [MS-DOC] 2.5.1: the file information block.
_WORD_MAGIC = (0xA5EC, 0xA5DC)
_WORD_ENCRYPTED = 0x0100
# [MS-XLS] 2.3: record types.
_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
_MACRO_SHEETS = (1, 6)
# [MS-PPT] 2.3.2 and 2.4.10: whether the document is encrypted, and the atom that says it has a VBA project.
_SHOW_PLAIN, _SHOW_ENCRYPTED = 0xE391C05F, 0xF3D1C4DF
_SHOW_VBA = b"\x02\x00\x00\x04\x0c\x00\x00\x00"


def check_doc(upload: File, data: bytes | mmap.mmap) -> None:
    ole = _opened(upload, data, "doc")
    head = _stream(ole, "WordDocument", "doc")[:32]
    (magic,) = struct.unpack_from("<H", head, 0)
    (flags,) = struct.unpack_from("<H", head, 10)
    if magic not in _WORD_MAGIC:
        raise damaged()
    if flags & _WORD_ENCRYPTED:
        raise locked()


def check_ppt(upload: File, data: bytes | mmap.mmap) -> None:
    ole = _opened(upload, data, "ppt")
    show = _stream(ole, "PowerPoint Document", "ppt")
    (token,) = struct.unpack_from("<I", _stream(ole, "Current User", "ppt"), 12)
    if token == _SHOW_ENCRYPTED:
        raise locked()
    if token != _SHOW_PLAIN:
        raise damaged()
    at = show.find(_SHOW_VBA)
    while at >= 0:
        (has_macros,) = struct.unpack_from("<I", show, at + 12)
        if has_macros:
            raise macros()
        at = show.find(_SHOW_VBA, at + 1)


def check_xls(upload: File, data: bytes | mmap.mmap) -> None:
    """Walks the records of the workbook itself, up to the first sheet: there it says what sheets there are."""
    ole = _opened(upload, data, "xls")
    book = _stream(ole, "Workbook" if ole.exists("Workbook") else "Book", "xls")
    at = 0
    for number in range(_MOST_RECORDS):
        record, length = struct.unpack_from("<HH", book, at)
        if (number == 0) != (record == _BOF):
            raise damaged()
        if record == _EOF:
            return
        if record == _FILEPASS:
            raise locked()
        if record == _BOUNDSHEET and book[at + 9] in _MACRO_SHEETS:
            raise macros()
        at += 4 + length
    raise damaged()


def is_locked_package(data: bytes | mmap.mmap) -> bool:
    """A DOCX, PPTX or XLSX with a password is a compound file with the encrypted package in it."""
    return data[:8] == SIGNATURE and data.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _opened(upload: File, data: bytes | mmap.mmap, extension: str) -> OleFileIO:
    from olefile import OleFileIO  # noqa: PLC0415 (most requests never need it)

    class Bounded(OleFileIO):
        """Stops at a directory that is too large to be anybody's document."""

        entries = 0

        def _load_direntry(self, sid):
            self.entries += 1
            if self.entries > _MOST_ENTRIES:
                raise damaged()
            return super()._load_direntry(sid)

    if data[:8] != SIGNATURE:
        raise mismatch(extension)
    _check_tables(data)
    ole = Bounded(upload)
    if sum(entry.size for entry in ole.direntries[1:] if entry) > len(data):
        raise damaged()
    names = {entry.name.lower() for entry in ole.direntries if entry}
    if names & _LOCKED_ENTRIES:
        raise locked()
    if names & _MACRO_ENTRIES:
        raise macros()
    return ole


def _check_tables(data: bytes | mmap.mmap) -> None:
    """The header's counts against the size of the file; the parser would follow them round in circles."""
    (sector_shift,) = struct.unpack_from("<H", data, 30)
    fat_sectors = struct.unpack_from("<I", data, 44)[0]
    mini_sectors, _first, more_sectors = struct.unpack_from("<III", data, 64)
    if sector_shift not in (9, 12):
        raise damaged()
    sectors = (len(data) >> sector_shift) + 1
    if fat_sectors > sectors // (2 ** (sector_shift - 2)) + 2 or max(mini_sectors, more_sectors) > sectors:
        raise damaged()


def _stream(ole: OleFileIO, name: str, extension: str) -> bytes:
    if not ole.exists(name):
        raise mismatch(extension)
    content = ole.openstream(name).read()
    if len(content) < ole.get_size(name):
        raise damaged()
    return content
