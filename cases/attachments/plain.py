"""Plain text: letters that a person can read, and no page or script under another name."""

from __future__ import annotations

import codecs
import mmap
import re

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from cases.attachments.refusal import Refused, mismatch

_CHUNK = 2**16
#: Control characters that texts have: tab, line feed, form feed, carriage return; Ctrl-Z once ended a file.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
#: How the files begin that browsers take for pages, systems for programs, and Word for documents.
_SOMETHING_ELSE = re.compile(
    r"\s*(?:<!doctype|<!--|<\?(?:xml|php)|<(?:html|head|body|title|script|style|svg|iframe|table|div|a|br|p|h1)\b"
    r"|#!\s*/|@echo\s|\{\\rtf|%PDF-|%!PS|MZ)",
    re.IGNORECASE,
)
#: … and the page that begins with a few words.
_PAGE_INSIDE = re.compile(r"<(?:html|script|svg|iframe)[\s>/]", re.IGNORECASE)
_LOOKED_AT = 4096


def check(upload: File, data: bytes | mmap.mmap) -> None:
    encoding = _encoding(data)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    opening = ""
    for at in range(0, len(data), _CHUNK):
        chunk = data[at : at + _CHUNK]
        try:
            text = decoder.decode(chunk, final=at + _CHUNK >= len(data))
        except UnicodeDecodeError:
            raise _unreadable()
        if _CONTROL.search(text):
            raise _unreadable()
        if len(opening) < _LOOKED_AT:
            opening += text[: _LOOKED_AT - len(opening)]
    opening = opening.lstrip("\ufeff")
    if _SOMETHING_ELSE.match(opening) or _PAGE_INSIDE.search(opening):
        raise mismatch("txt")


def _encoding(data: bytes | mmap.mmap) -> str:
    """UTF-16 says so itself; what is not UTF-8 throughout is taken for the Windows alphabet of Western Europe."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for at in range(0, len(data), _CHUNK):
            decoder.decode(data[at : at + _CHUNK], final=at + _CHUNK >= len(data))
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _unreadable() -> Refused:
    return Refused(
        "unreadable",
        _(
            "This file is not plain text that we can read. Save it as text with the encoding UTF-8, and add it again."
        ),
    )
