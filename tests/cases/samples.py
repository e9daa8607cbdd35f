"""Files as people and attackers make them, put together byte by byte; nothing binary lies in the repository."""

from __future__ import annotations

import io
import math
import struct
import wave
import zipfile
import zlib

from PIL import Image

OPEN_XML = "application/vnd.openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
}


# -- Pictures --------------------------------------------------------------------------------------------------


def picture(kind: str, *, width: int = 40, height: int = 30, **how) -> bytes:
    image = Image.radial_gradient("L").resize((width, height)).convert(how.pop("mode", "RGB"))
    body = io.BytesIO()
    image.save(body, kind, **how)
    return body.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(
    *, width: int, height: int, packed: bytes, depth: int = 8, colour: int = 2, interlace: int = 0
) -> bytes:
    """A PNG that says anything about itself, with any packed rows."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


# -- PDF -------------------------------------------------------------------------------------------------------


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A one-page PDF with further objects (numbered from 4) and further entries of the trailer."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        *objects,
    ]
    body, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table
    return body + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(parts) + 1,
        trailer,
        start,
    )


def pdf_stream(dictionary: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def packed_objects(content: bytes, *, more: bytes = b"/Filter/FlateDecode") -> bytes:
    return pdf_stream(b"/Type/ObjStm/N 1/First 4" + more, zlib.compress(content))


# -- Zip packages ----------------------------------------------------------------------------------------------


def package(members: dict[str, bytes | str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return body.getvalue()


def office_members(kind: str) -> dict[str, bytes | str]:
    part, main = MAIN[kind]
    return {
        "[Content_Types].xml": (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{part}" ContentType="{OPEN_XML}{main}"/></Types>'
        ),
        "_rels/.rels": '<?xml version="1.0"?><Relationships/>',
        part: '<?xml version="1.0" encoding="UTF-8"?><document>Words</document>',
    }


def office(kind: str, **more: bytes | str) -> bytes:
    """A DOCX, PPTX or XLSX with further members; their names are given with __ for / ."""
    return package(
        office_members(kind) | {name.replace("__", "/"): content for name, content in more.items()}
    )


def odt(
    *, mimetype: str = "application/vnd.oasis.opendocument.text", manifest: str = "", **more: bytes | str
) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("mimetype", mimetype, compress_type=zipfile.ZIP_STORED)
        zipped.writestr(
            "content.xml", "<office:document-content xmlns:office='o'>Words</office:document-content>"
        )
        zipped.writestr(
            "META-INF/manifest.xml",
            f"<m:manifest xmlns:m='m'><m:file-entry>{manifest}</m:file-entry></m:manifest>",
        )
        for name, content in more.items():
            zipped.writestr(name.replace("__", "/"), content)
    return body.getvalue()


# -- Compound files --------------------------------------------------------------------------------------------

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes], storages: tuple[str, ...] = ()) -> bytes:
    """A compound file ([MS-CFB], version 3) with these streams and empty storages under its root.

    Streams are padded to 4,096 bytes, so that there are no small ones in sectors of their own kind. The entries
    hang to the right of one another, which is a valid tree, if not a balanced one.
    """
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    entries = [(name, 2, content) for name, content in padded.items()] + [(name, 1, b"") for name in storages]
    directory_sectors = math.ceil((len(entries) + 1) / 4)
    counts = [math.ceil(len(content) / 512) for _name, _kind, content in entries]
    fat = [FAT, *range(2, directory_sectors + 1), END]
    starts = []
    for count in counts:
        starts.append(len(fat) if count else END)
        fat += [*range(len(fat) + 1, len(fat) + count), END] if count else []
    assert len(fat) <= 128, "one sector of the table is enough for a test"
    directory = _entry("Root Entry", 5, child=1 if entries else FREE, start=END)
    for number, ((name, kind, content), start) in enumerate(zip(entries, starts, strict=True), start=1):
        following = number + 1 if number < len(entries) else FREE
        directory += _entry(name, kind, right=following, start=start if content else 0, size=len(content))
    body = struct.pack("<128I", *fat, *[FREE] * (128 - len(fat)))
    body += directory.ljust(directory_sectors * 512, b"\0")
    for _name, _kind, content in entries:
        body += content.ljust(math.ceil(len(content) / 512) * 512, b"\0")
    return compound_header(first_directory=1) + body


def compound_header(*, first_directory: int, fat_sectors: int = 1, difat_sectors: int = 0) -> bytes:
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, first_directory, 0, 4096, END, 0, END, difat_sectors)
    return header + struct.pack("<109I", 0, *[FREE] * 108)


def _entry(
    name: str, kind: int, *, right: int = FREE, child: int = FREE, start: int = 0, size: int = 0
) -> bytes:
    spelled = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", FREE, right, child)
    return (
        spelled.ljust(64, b"\0") + struct.pack("<HBB", len(spelled), kind, 1) + links + bytes(36)
        + struct.pack("<IQ", start, size)
    )  # fmt: skip


def word(*, flags: int = 0, **storages: bytes) -> bytes:
    head = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, flags)
    return compound({"WordDocument": head + b"Words", "1Table": b""}, tuple(storages))


def slides(*, token: int = 0xE391C05F, has_macros: int | None = None) -> bytes:
    atom = (
        b""
        if has_macros is None
        else b"\x02\x00\x00\x04\x0c\x00\x00\x00" + struct.pack("<III", 7, has_macros, 2)
    )
    user = struct.pack("<HHIII", 0, 0x0FF6, 20, 20, token)
    return compound({"PowerPoint Document": b"\x0f\x00\xe8\x03" + bytes(20) + atom, "Current User": user})


def sheet(*records: tuple[int, bytes]) -> bytes:
    """An XLS whose workbook has these records between its beginning and its end."""
    found = [(0x0809, bytes(16)), *records, (0x000A, b"")]
    return compound(
        {"Workbook": b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in found)}
    )


def bound_sheet(kind: int) -> tuple[int, bytes]:
    return 0x0085, struct.pack("<IBB", 100, 0, kind) + b"\x06\x00Sheet1"


# -- Sound -----------------------------------------------------------------------------------------------------


def mp3(*, frames: int = 12, tag: bytes = b"") -> bytes:
    """MPEG-1, layer 3, 128 kbit/s, 44.1 kHz: 417 bytes in each frame."""
    tagged = b"ID3\x04\x00\x00" + bytes([0, 0, len(tag) >> 7, len(tag) & 0x7F]) + tag if tag else b""
    return tagged + (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + name + inside


def m4a(*tracks: bytes, brand: bytes = b"M4A ") -> bytes:
    handlers = (box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + track + bytes(12)))) for track in tracks)
    return box(b"ftyp", brand, bytes(4), b"isom") + box(b"moov", *handlers) + box(b"mdat", bytes(100))


def ogg(opening: bytes = b"\x01vorbis") -> bytes:
    def page(flags: int, content: bytes) -> bytes:
        return b"OggS\0" + bytes([flags]) + bytes(20) + bytes([1, len(content)]) + content

    return page(2, opening + bytes(22)) + page(0, bytes(200)) + page(4, bytes(50))


def wav() -> bytes:
    body = io.BytesIO()
    with wave.open(body, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(1600))
    return body.getvalue()
