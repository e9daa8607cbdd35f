"""The gate for files that people add: what a file is, or why it is refused.

A name is believed only when the structure behind it agrees; sniffing the first bytes is not enough (each sniffer
tried took a script behind a PNG signature for a picture). Nothing here asks the network or starts a program, and
the work is bounded whatever the file claims about itself. What passes is still only ever given back as a download.

Not looked at: what a PDF or an Office document carries as embedded objects, and links to outside templates.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from cases.attachments import names, old_office, packages, pdf, pictures, plain, sound
from cases.attachments.refusal import Refused, damaged

__all__ = ["MOST_BYTES", "MOST_FILE", "MOST_FILES", "TAKEN", "Inspected", "Refused", "inspect"]

#: Bytes that one file may have.
MOST_FILE = 20 * 2**20
#: Files that a case may have, and bytes of all of them together.
MOST_FILES = 10
MOST_BYTES = 60 * 2**20

_CHUNK = 2**16

Kind = Literal["image", "document", "sound"]
#: Raises Refused, or anything else that a damaged file makes a parser raise.
Check = Callable[[File, "bytes | mmap.mmap"], None]

_OPEN_XML = "application/vnd.openxmlformats-officedocument"

#: What is taken: extension → what it is, its content type, and the check that the content keeps the promise.
TAKEN: dict[str, tuple[Kind, str, Check]] = {
    "jpg": ("image", "image/jpeg", pictures.check_jpeg),
    "jpeg": ("image", "image/jpeg", pictures.check_jpeg),
    "png": ("image", "image/png", pictures.check_png),
    "pdf": ("document", "application/pdf", pdf.check),
    "doc": ("document", "application/msword", old_office.check_doc),
    "ppt": ("document", "application/vnd.ms-powerpoint", old_office.check_ppt),
    "xls": ("document", "application/vnd.ms-excel", old_office.check_xls),
    "docx": ("document", f"{_OPEN_XML}.wordprocessingml.document", packages.check_docx),
    "pptx": ("document", f"{_OPEN_XML}.presentationml.presentation", packages.check_pptx),
    "xlsx": ("document", f"{_OPEN_XML}.spreadsheetml.sheet", packages.check_xlsx),
    "odt": ("document", "application/vnd.oasis.opendocument.text", packages.check_odt),
    "txt": ("document", "text/plain", plain.check),
    "mp3": ("sound", "audio/mpeg", sound.check_mp3),
    "m4a": ("sound", "audio/mp4", sound.check_m4a),
    "ogg": ("sound", "audio/ogg", sound.check_ogg),
    "wav": ("sound", "audio/wav", sound.check_wav),
}

_ARCHIVES = frozenset(
    ["zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab", "iso", "dmg", "jar"]
)
_PAGES = frozenset(["svg", "svgz", "html", "htm", "xhtml", "mht", "mhtml", "xml"])
_MACRO_KINDS = frozenset(["docm", "dotm", "xlsm", "xltm", "xlsb", "xlam", "pptm", "potm", "ppsm", "ppam"])
_VIDEOS = frozenset(["mp4", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "m4v"])

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inspected:
    """What a file is. ``size`` in bytes, ``sha256`` in hexadecimal, ``clean_name`` safe to show and to offer."""

    kind: Kind
    content_type: str
    size: int
    sha256: str
    clean_name: str


def inspect(upload: File, name: str) -> Inspected:
    """What ``upload`` is, called ``name`` by whoever sent it. Raises Refused with a reason for them.

    Leaves the file at its beginning. Reads it in chunks; safe to repeat.
    """
    clean_name = names.clean(name)
    extension = names.extension(clean_name)
    if extension not in TAKEN:
        raise _not_taken(extension)
    kind, content_type, check = TAKEN[extension]
    try:
        size, sha256 = _weigh(upload)
        _checked(check, upload, clean_name)
    finally:
        upload.seek(0)
    return Inspected(kind, content_type, size, sha256, clean_name)


def _weigh(upload: File) -> tuple[int, str]:
    """Size and digest of what is really there, not of what a header announced."""
    size, digest = 0, hashlib.sha256()
    upload.seek(0)
    while chunk := upload.read(_CHUNK):
        size += len(chunk)
        if size > MOST_FILE:
            raise Refused(
                "too-big",
                _("This file has more than %(most)s MB. Make it smaller, or give a link to it instead."),
                most=MOST_FILE // 2**20,
            )
        digest.update(chunk)
    if not size:
        raise Refused("empty", _("This file is empty. Choose the file again."))
    return size, digest.hexdigest()


def _checked(check: Check, upload: File, name: str) -> None:
    data = _bytes_of(upload)
    upload.seek(0)
    try:
        check(upload, data)
    except Refused:
        raise
    except Exception as error:
        # Hostile bytes go through parsers that are not ours, and may raise whatever they like. Nothing that a
        # parser could not read is taken; the log helps to tell a damaged file from a fault of ours.
        log.info("A file called .%s could not be read: %s", names.extension(name), type(error).__name__)
        raise damaged() from None


def _bytes_of(upload: File) -> bytes | mmap.mmap:
    """The content to look around in: what is on disk is mapped, not read, so that it costs no memory of ours."""
    raw = getattr(upload, "file", upload)
    upload.seek(0)
    try:
        return mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError, ValueError):
        return upload.read()


def _not_taken(extension: str) -> Refused:
    if extension in _ARCHIVES:
        return Refused("archive", _("Archives are not taken. Unpack it, and add the files one by one."))
    if extension in _PAGES:
        return Refused(
            "page",
            _(
                "Web pages and SVG drawings are not taken. Save it as a PDF or as a PNG picture, and add that."
            ),
        )
    if extension in _MACRO_KINDS:
        return Refused(
            "macros",
            _("Documents with macros are not taken. Save it as DOCX, XLSX, PPTX or PDF, and add that."),
        )
    if extension in _VIDEOS:
        return Refused(
            "video",
            _("Videos are not taken. Put it on a site that people can open, and give us its address."),
        )
    return Refused(
        "kind",
        _(
            "Files of this kind are not taken. Add a picture (JPG, PNG), a document (PDF, DOC, DOCX, ODT, PPT, PPTX, "
            "XLS, XLSX, TXT) or sound (MP3, M4A, OGG, WAV)."
        ),
    )
