"""JPEG and PNG: whole, and no larger when unpacked than somebody can look at.

Bytes behind the end of a picture are left alone: files are only ever downloads, and public copies are made anew.
"""

from __future__ import annotations

import mmap
import re
import struct
import zlib

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from cases.attachments.refusal import Refused, damaged, mismatch

MOST_PIXELS = 50_000_000
MOST_SIDE = 30_000

#: A photograph has one scan, a progressive one about ten. Each makes a reader walk the whole picture.
_MOST_SCANS = 64
_MOST_SEGMENTS = 5_000
#: Several scans make the decoder hold the whole picture (six bytes a pixel): only small ones are decoded here.
_DECODED_WITH_SCANS = 4_000_000
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")

_CHUNK = 2**16
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Samples for each pixel, and the bit depths allowed, by colour type (PNG specification, table 11.1).
_PNG_COLOURS = {
    0: (1, (1, 2, 4, 8, 16)),
    2: (3, (8, 16)),
    3: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
#: First column and row, and steps between columns and rows, of the seven passes of an interlaced PNG.
_PNG_PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
)  # fmt: skip
_PNG_ONE_PASS = ((0, 0, 1, 1),)


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise damaged()
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise Refused(
            "pixels",
            _("This picture has more than %(most)s million pixels. Make it smaller, and add it again."),
            most=MOST_PIXELS // 10**6,
        )


# -- JPEG ------------------------------------------------------------------------------------------------------


def check_jpeg(upload: File, data: bytes | mmap.mmap) -> None:
    if data[:3] != b"\xff\xd8\xff":
        raise mismatch("jpg")
    pixels, scans = _walk_jpeg(data)
    if scans == 1 or pixels <= _DECODED_WITH_SCANS:
        _decode_jpeg(upload)


def _walk_jpeg(data: bytes | mmap.mmap) -> tuple[int, int]:
    """Pixels and scans, from the segments alone; nothing is unpacked."""
    at, pixels, scans = 2, 0, 0
    for _segment in range(_MOST_SEGMENTS):
        found = _MARKER.match(data, at)
        if not found:
            raise damaged()
        at, marker = found.end(), data[found.end() - 1]
        if marker == 0xD9:
            break
        if marker == 0x01:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2:
            raise damaged()
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack_from(">HH", data, at + 3)
            _check_size(width, height)
            pixels = width * height
        at += length
        if marker == 0xDA:
            scans += 1
            following = _MARKER.search(data, at)
            if not following:  # some cameras forget the end marker; whether all is there shows in decoding
                break
            at = following.start()
        if scans > _MOST_SCANS:
            raise damaged()
    else:
        raise damaged()
    if not pixels or not scans:
        raise damaged()
    return pixels, scans


def _decode_jpeg(upload: File) -> None:
    """Decode everything at an eighth of the size: the same reading of the file, a sixty-fourth of the memory."""
    from PIL import Image  # noqa: PLC0415 (4 MiB that most requests never need)

    upload.seek(0)
    image = Image.open(upload, formats=("JPEG",))
    image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


# -- PNG -------------------------------------------------------------------------------------------------------


def check_png(upload: File, data: bytes | mmap.mmap) -> None:
    """Every chunk's checksum, and every row unpacked and thrown away, a few kilobytes at a time."""
    if data[:8] != _PNG_SIGNATURE:
        raise mismatch("png")
    length, name, width, height, depth, colour, packing, filtering, interlace = struct.unpack_from(
        ">I4sIIBBBBB", data, 8
    )
    if (length, name, packing, filtering) != (13, b"IHDR", 0, 0) or interlace > 1:
        raise damaged()
    _check_size(width, height)
    samples, depths = _PNG_COLOURS.get(colour, (0, ()))
    if depth not in depths:
        raise damaged()
    rows = _Rows(width, height, bits=samples * depth, passes=_PNG_PASSES if interlace else _PNG_ONE_PASS)
    unpacker = zlib.decompressobj()
    at, palette = 8, False
    for _number in range(
        len(data)
    ):  # the loop ends at IEND or with an error: each round moves on by twelve bytes
        length, name = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        (expected,) = struct.unpack_from(">I", data, end)
        checksum = zlib.crc32(name)
        for piece_at in range(start, end, _CHUNK):
            piece = data[piece_at : min(piece_at + _CHUNK, end)]
            checksum = zlib.crc32(piece, checksum)
            if name == b"IDAT":
                _unpack(unpacker, piece, rows)
        if checksum != expected:
            raise damaged()
        palette = palette or name == b"PLTE"
        if name == b"IEND":
            break
        at = end + 4
    else:
        raise damaged()
    if not rows.all_there or (colour == 3 and not palette):
        raise damaged()


def _unpack(unpacker: zlib._Decompress, piece: bytes, rows: _Rows) -> None:
    while piece and not rows.all_there:
        rows.take(unpacker.decompress(piece, _CHUNK))
        piece = unpacker.unconsumed_tail


class _Rows:
    """Counts unpacked bytes against the rows that the header promised, and looks at each row's filter."""

    def __init__(
        self, width: int, height: int, *, bits: int, passes: tuple[tuple[int, int, int, int], ...]
    ) -> None:
        self.left = []  # [rows, bytes in each] that are still to come, the last pass first
        for column, row, across, down in reversed(passes):
            columns, count = -(-(width - column) // across), -(-(height - row) // down)
            if columns > 0 and count > 0:
                self.left.append([count, (columns * bits + 7) // 8 + 1])
        self.within = 0

    @property
    def all_there(self) -> bool:
        return not self.left

    def take(self, unpacked: bytes) -> None:
        at = 0
        while at < len(unpacked) and self.left:
            current = self.left[-1]
            if not self.within and unpacked[at] > 4:
                raise damaged()
            step = min(current[1] - self.within, len(unpacked) - at)
            at += step
            self.within += step
            if self.within == current[1]:
                self.within = 0
                current[0] -= 1
                if not current[0]:
                    self.left.pop()
