"""PDF: whole, readable without a password, and without anything that runs."""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from cases.attachments.refusal import Refused, damaged, locked, mismatch, too_much_inside

#: Readers look for the header in the first kilobyte, and for the end in the last.
_HEAD = 1024
_TAIL = 2048
#: What may not come before the header: the beginnings of programs, archives, pictures and pages.
_OTHER_KINDS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"PK", b"Rar!", b"7z\xbc\xaf",
    b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"<",
)  # fmt: skip

#: Objects may be packed into streams; so much of them is unpacked, so many such streams are looked into.
_MOST_UNPACKED = 64 * 2**20
_MOST_STREAMS = 20_000
_MOST_MENTIONS = 1_000
_MOST_DICTIONARY = 4096
_CHUNK = 2**16
#: Longer than any name written in hexadecimal, with what stands around it.
_OVERLAP = 256

_SPACE = rb"[\x00\t\n\x0c\r ]"


def _name(word: str) -> bytes:
    """A PDF name as a pattern: each letter may be written as # and two hexadecimal digits."""
    letters = (
        b"(?:%s|#%s)" % (sign.encode(), "".join(f"[{d}{d.upper()}]" for d in f"{ord(sign):02x}").encode())
        for sign in word
    )
    return b"/" + b"".join(letters) + rb"(?![0-9A-Za-z_#])"


_ENCRYPTED = re.compile(_name("Encrypt") + _SPACE + rb"{0,16}(?:\d{1,10}" + _SPACE + rb"{1,16}\d|<<)")
_SCRIPT = re.compile(_name("JavaScript"))
#: An action's kind before the name, a name tree behind it; elsewhere it is a word in somebody's text.
_BEFORE_SCRIPT = re.compile(rb"(?:[\x00\t\n\x0c\r <>\[\]]|/(?:S|#53))$")
_BEHIND_SCRIPT = re.compile(_SPACE + rb"{0,64}(?:\d{1,10}" + _SPACE + rb"{1,16}\d|<<|\[)")
_LAUNCH = re.compile(rb"/(?:S|#53)" + _SPACE + rb"{0,16}" + _name("Launch"))
_DYNAMIC_FORM = re.compile(_name("XFA") + _SPACE + rb"{0,16}(?:\[|\d)")

_PACKED = re.compile(_name("ObjStm") + b"|" + _name("First"))
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_FILTER = re.compile(_name("Filter") + _SPACE + rb"{0,16}")
_FLATE = re.compile(
    rb"(?:\[" + _SPACE + rb"{0,16})?" + _name("FlateDecode") + _SPACE + rb"{0,16}(?:\]|[/>\r\n])"
)
_PARAMETERS = re.compile(_name("DecodeParms") + b"|" + _name("DP"))
_OBJECT = re.compile(rb"\d" + _SPACE + rb"{1,16}\d{1,5}" + _SPACE + rb"{1,16}obj")


def check(upload: File, data: bytes | mmap.mmap) -> None:
    head = data[:_HEAD]
    start = head.find(b"%PDF-")
    if start < 0 or (start and head.startswith(_OTHER_KINDS)):
        raise mismatch("pdf")
    tail = data[-_TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail or not _OBJECT.search(data):
        raise damaged()
    if _ENCRYPTED.search(data):
        raise locked()
    _check_actions(data)
    for piece in _packed_objects(data):
        _check_actions(piece)


def _check_actions(piece: bytes | mmap.mmap) -> None:
    for number, found in enumerate(_SCRIPT.finditer(piece)):
        before = piece[max(0, found.start() - 4) : found.start()]
        behind = piece[found.end() : found.end() + 100]
        if (
            not before
            or _BEFORE_SCRIPT.search(before)
            or _BEHIND_SCRIPT.match(behind)
            or number > _MOST_MENTIONS
        ):
            raise _runs()
    if _LAUNCH.search(piece) or _DYNAMIC_FORM.search(piece):
        raise _runs()


def _runs() -> Refused:
    return Refused(
        "active",
        _("This PDF contains scripts or an interactive form. Print it to a new PDF, and add that instead."),
    )


def _packed_objects(data: bytes | mmap.mmap) -> Iterator[bytes]:
    """The unpacked insides of object streams, in pieces that overlap, so that no name is cut in two."""
    left, seen = _MOST_UNPACKED, 0
    for number, found in enumerate(_PACKED.finditer(data)):
        if number >= _MOST_STREAMS:
            raise too_much_inside()
        begin = _STREAM.search(data, found.end(), found.end() + _MOST_DICTIONARY)
        end = data.find(b"endobj", found.end(), begin.start() if begin else found.end() + _MOST_DICTIONARY)
        if end >= 0:
            continue  # an ordinary object, such as an outline with a first entry
        if not begin:
            raise _unusual()
        if begin.end() <= seen:
            continue
        seen = begin.end()
        opening = max(0, data.rfind(b"obj", max(0, found.start() - _MOST_DICTIONARY), found.start()))
        if not _is_packed(data[opening : begin.start()]):
            continue  # already seen in the file itself
        unpacker, kept = zlib.decompressobj(), b""
        for at in range(begin.end(), len(data), _CHUNK):
            waiting = data[at : at + _CHUNK]
            while waiting and not unpacker.eof:
                piece = unpacker.decompress(waiting, _CHUNK * 16)
                waiting = unpacker.unconsumed_tail
                left -= len(piece)
                if left < 0:
                    raise too_much_inside()
                yield kept + piece
                kept = (kept + piece)[-_OVERLAP:]
            if unpacker.eof:
                break


def _is_packed(dictionary: bytes) -> bool:
    filters = _FILTER.search(dictionary)
    if not filters:
        return False
    if not _FLATE.match(dictionary, filters.end()) or _PARAMETERS.search(dictionary):
        raise _unusual()
    return True


def _unusual() -> Refused:
    return Refused(
        "unusual", _("This PDF is packed in an unusual way. Print it to a new PDF, and add that instead.")
    )
