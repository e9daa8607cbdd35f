"""What a file carries besides what one sees in it: names, places, comments. Told to its author before it is offered.

It is looked at where files of this kind keep such things, with the work bounded; that nothing was found does not
prove that nothing is there. What is found is named by kind, never repeated.
"""

from __future__ import annotations

import logging
import re
import zipfile
from typing import IO

from django.utils.translation import gettext_lazy as _

from cases.attachments import names

NAMES, COMMENTS, CHANGES, PLACE, DEVICE, TAGS = "names", "comments", "changes", "place", "device", "tags"
#: In the order in which they are told.
WORDS = {
    NAMES: _("the name of whoever wrote or last saved it"),
    COMMENTS: _("comments"),
    CHANGES: _("tracked changes: what was written before"),
    PLACE: _("the place where it was taken"),
    DEVICE: _("the device or program it was made with"),
    TAGS: _("title and name tags of a recording"),
}
#: Bytes of a part of a package, and of any other file, that are looked at.
_MOST = 8 * 2**20
_MOST_PARTS = 4_000
_CHUNK = 2**16

_PACKAGES = ("docx", "pptx", "xlsx", "odt")
_NAMED = re.compile(
    rb"<(?:\w+:)?(?:creator|lastModifiedBy|initial-creator|Manager|Company)(?:\s[^>]*)?>\s*[^<\s]"
)
_COMMENT_PARTS = re.compile(
    r"(?:^|/)(?:comments?[^/]*|threadedComment[^/]*)\.xml$|(?:^|/)comments/", re.IGNORECASE
)
_TRACKED = re.compile(rb"<w:(?:ins|del|moveFrom)\s|<text:tracked-changes")
_ODT_COMMENT = re.compile(rb"<office:annotation\s")
_PDF_AUTHOR = re.compile(
    rb"/Author\s*(?:\(\s*[^)\s]|<[0-9A-Fa-f])|<dc:creator>\s*<rdf:\w+>\s*<rdf:li[^>]*>\s*[^<\s]"
)
_PDF_MAKER = re.compile(rb"/(?:Creator|Producer)\s*(?:\(\s*[^)\s]|<[0-9A-Fa-f])|<xmp:CreatorTool>\s*[^<\s]")
_PDF_COMMENT = re.compile(rb"/Subtype\s*/(?:Text|FreeText|Highlight|StrikeOut|Underline|Ink)\b")

log = logging.getLogger(__name__)


def kinds_in(file: IO[bytes], name: str) -> list[str]:
    """Which of ``WORDS`` this file carries, in their order; [] where nothing was found. Leaves it at its beginning."""
    extension = names.extension(name)
    try:
        found = _looked(file, extension)
    except Exception as error:
        log.info("What a .%s carries could not be looked at: %s", extension, type(error).__name__)
        found = set()
    finally:
        file.seek(0)
    return [kind for kind in WORDS if kind in found]


def _looked(file: IO[bytes], extension: str) -> set[str]:
    if extension in _PACKAGES:
        return _in_a_package(file)
    if extension in ("doc", "ppt", "xls"):
        return _in_an_old_document(file)
    if extension == "pdf":
        return _in_a_pdf(file)
    if extension in ("jpg", "jpeg", "png"):
        return _in_a_picture(file)
    if extension in ("mp3", "m4a", "ogg", "wav"):
        return _in_sound(file)
    return set()


def _in_a_package(file: IO[bytes]) -> set[str]:
    found = set()
    file.seek(0)
    with zipfile.ZipFile(file) as package:
        for part in package.infolist()[:_MOST_PARTS]:
            if _COMMENT_PARTS.search(part.filename):
                found.add(COMMENTS)
            if part.filename in ("docProps/core.xml", "docProps/app.xml", "meta.xml"):
                if _NAMED.search(_opening(package, part)):
                    found.add(NAMES)
            elif part.filename in ("word/document.xml", "content.xml"):
                text = _opening(package, part)
                if _TRACKED.search(text):
                    found.add(CHANGES)
                if _ODT_COMMENT.search(text):
                    found.add(COMMENTS)
    return found


def _opening(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with package.open(part) as stream:
        return stream.read(_MOST)


def _in_an_old_document(file: IO[bytes]) -> set[str]:
    import olefile  # noqa: PLC0415 – needed for old documents alone

    file.seek(0)
    with olefile.OleFileIO(file) as document:
        told = document.get_metadata()
        named = (told.author, told.last_saved_by, told.manager, told.company)
        return {NAMES} if any((each or b"").strip(b"\0 ") for each in named) else set()


def _in_a_pdf(file: IO[bytes]) -> set[str]:
    file.seek(0)
    body = file.read(_MOST)
    looks = ((NAMES, _PDF_AUTHOR), (DEVICE, _PDF_MAKER), (COMMENTS, _PDF_COMMENT))
    return {kind for kind, pattern in looks if pattern.search(body)}


def _in_a_picture(file: IO[bytes]) -> set[str]:
    from PIL import Image  # noqa: PLC0415 (4 MiB that most requests never need)

    file.seek(0)
    told = Image.open(file, formats=("JPEG", "PNG")).getexif()
    found = set()
    if told.get_ifd(0x8825):
        found.add(PLACE)
    if told.get(0x013B) or told.get(0x8298) or told.get(0x9C9D):
        found.add(NAMES)
    if told.get(0x010F) or told.get(0x0110) or told.get(0x0131):
        found.add(DEVICE)
    return found


def _in_sound(file: IO[bytes]) -> set[str]:
    file.seek(0)
    head = file.read(_CHUNK)
    marks = (b"ID3", b"\xa9nam", b"\xa9ART", b"ARTIST=", b"artist=", b"TITLE=", b"title=", b"INFO", b"IART")
    return {TAGS} if any(mark in head for mark in marks) else set()
