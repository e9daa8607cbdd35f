"""MP3, M4A, Ogg and WAV: the frames, boxes, pages or chunks follow on one another as their format says."""

from __future__ import annotations

import mmap
import struct

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from cases.attachments.refusal import Refused, damaged, mismatch

_MOST_PARTS = 100_000
_MOST_HANDLERS = 1_000


def _has_video() -> Refused:
    return Refused(
        "video",
        _("This file contains video. Put it on a site that people can open, and give us its address."),
    )


# -- MP3 -------------------------------------------------------------------------------------------------------

#: Frames in a row that no other content has by chance.
_FRAMES_WANTED = 8
_MOST_TAGS = 100
_LOOKED_FOR_FRAMES = 2**16

# kbit/s for the fourteen codes of a bit rate, by version 1 or 2 and layer (ISO/IEC 11172-3, 13818-3).
_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = (44100, 48000, 32000)


def check_mp3(upload: File, data: bytes | mmap.mmap) -> None:
    start = 0
    for _number in range(_MOST_TAGS):  # tags with titles and covers come first
        if data[start : start + 3] != b"ID3":
            break
        size = data[start + 6 : start + 10]
        if len(size) < 4 or max(size) > 0x7F:
            raise damaged()
        start += 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    end = min(len(data), start + _LOOKED_FOR_FRAMES)
    at = data.find(b"\xff", start, end)
    while at >= 0:
        if _frames_from(data, at):
            return
        at = data.find(b"\xff", at + 1, end)
    raise mismatch("mp3") if start == 0 else damaged()


def _frames_from(data: bytes | mmap.mmap, at: int) -> bool:
    for _number in range(_FRAMES_WANTED):
        if at == len(data) and _number:
            return True  # a very short recording, whole frames to its end
        length = _frame_length(data[at : at + 4])
        if not length:
            return False
        at += length
    return at <= len(data)


def _frame_length(header: bytes) -> int:
    """In bytes; 0 when this is no frame's header."""
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate, sample = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or rate in (0, 15) or sample == 3:
        return 0
    bits = 1000 * _RATES[1 if version == 3 else 2, layer][rate - 1]
    samples = _SAMPLE_RATES[sample] >> {3: 0, 2: 1, 0: 2}[version]
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12 * bits // samples + padding) * 4
    return (144 if layer == 2 or version == 3 else 72) * bits // samples + padding


# -- M4A -------------------------------------------------------------------------------------------------------

_BRANDS = (
    b"M4A ",
    b"M4B ",
    b"mp41",
    b"mp42",
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"dash",
    b"3gp4",
    b"3gp5",
)


def check_m4a(upload: File, data: bytes | mmap.mmap) -> None:
    """Boxes follow one another to the very end of the file, and its one kind of track is sound."""
    if data[4:8] != b"ftyp":
        raise mismatch("m4a")
    at, boxes = 0, {}
    for _number in range(_MOST_PARTS):
        if at == len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        elif length == 0:
            length = len(data) - at
        if length < header or at + length > len(data):
            raise damaged()
        boxes.setdefault(name, (at + header, at + length))
        at += length
    start, end = boxes[b"ftyp"]
    brands = data[start : min(end, start + 256)]
    if not any(brand in brands for brand in _BRANDS):
        raise mismatch("m4a")
    if b"moov" not in boxes or not boxes.keys() & {b"mdat", b"moof"}:
        raise damaged()
    tracks = _tracks(data, *boxes[b"moov"])
    if b"vide" in tracks:
        raise _has_video()
    if b"soun" not in tracks:
        raise mismatch("m4a")


def _tracks(data: bytes | mmap.mmap, start: int, end: int) -> set[bytes]:
    """The kinds of track that the handlers inside moov name."""
    kinds, at = set(), data.find(b"hdlr", start, end)
    for _number in range(_MOST_HANDLERS):
        if at < 0:
            return kinds
        kinds.add(data[at + 12 : at + 16])
        at = data.find(b"hdlr", at + 4, end)
    raise damaged()


# -- Ogg -------------------------------------------------------------------------------------------------------

_OGG_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_OGG_VIDEO = (b"\x80theora", b"BBCD\x00", b"\x01video")


def check_ogg(upload: File, data: bytes | mmap.mmap) -> None:
    if data[:4] != b"OggS":
        raise mismatch("ogg")
    at, sound = 0, False
    for _number in range(_MOST_PARTS):
        if at == len(data):
            break
        page, version, flags = struct.unpack_from("<4sBB", data, at)
        if page != b"OggS" or version:
            raise damaged()
        segments = data[at + 26]
        body = at + 27 + segments
        length = sum(data[at + 27 : body])
        if body + length > len(data):
            raise damaged()
        if flags & 2:  # the first page of a stream says what the stream is
            opening = data[body : body + 16]
            if opening.startswith(_OGG_VIDEO):
                raise _has_video()
            sound = sound or opening.startswith(_OGG_SOUND)
        at = body + length
    if not sound:
        raise mismatch("ogg")


# -- WAV -------------------------------------------------------------------------------------------------------

#: PCM, Microsoft ADPCM, float, A-law, µ-law, IMA ADPCM, GSM, MPEG, MP3, extensible.
_WAV_FORMATS = (1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFFFE)


def check_wav(upload: File, data: bytes | mmap.mmap) -> None:
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise mismatch("wav")
    at, has_format = 12, False
    for _number in range(_MOST_PARTS):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            coding, channels, rate = struct.unpack_from("<HHI", data, at + 8)
            if coding not in _WAV_FORMATS or not 1 <= channels <= 64 or not rate:
                raise damaged()
            has_format = True
        if name == b"data":
            # Recorders that were interrupted leave the length at nought or at its most.
            if not has_format or (at + 8 + length > len(data) and length < 0xFFFFFF00):
                raise damaged()
            return
        at += 8 + length + length % 2
    raise damaged()
