"""DOCX, PPTX, XLSX and ODT: zip packages whose parts say what they are. Nothing is unpacked to disk."""

from __future__ import annotations

import mmap
import re
import zipfile
from collections.abc import Callable
from xml.parsers import expat

from django.core.files import File

from cases.attachments.old_office import is_locked_package
from cases.attachments.refusal import Refused, damaged, locked, macros, mismatch, too_much_inside

MOST_MEMBERS = 2_000
MOST_UNPACKED = 200 * 2**20
#: How much smaller packing may make a document of some size; text packs to a tenth, tables to a fiftieth.
MOST_RATIO = 150
_SMALL = 10 * 2**20
#: What lists the parts is parsed whole; it has some kilobytes.
_MOST_LISTED = 2 * 2**20

_CHUNK = 2**16
_ENTRY = b"PK\x01\x02"
_PROGRAMS = re.compile(r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|lnk|sh|py)$")
_XML = (".xml", ".rels", ".vml")

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_ACTIVE = re.compile(r"macroenabled|vbaproject|vbadata|macrosheet|activex", re.IGNORECASE)
_ODT = b"application/vnd.oasis.opendocument.text"


def check_docx(upload: File, data: bytes | mmap.mmap) -> None:
    _check_open_xml(upload, data, "docx", "wordprocessingml.document.main+xml")


def check_pptx(upload: File, data: bytes | mmap.mmap) -> None:
    _check_open_xml(upload, data, "pptx", "presentationml.presentation.main+xml")


def check_xlsx(upload: File, data: bytes | mmap.mmap) -> None:
    _check_open_xml(upload, data, "xlsx", "spreadsheetml.sheet.main+xml")


def check_odt(upload: File, data: bytes | mmap.mmap) -> None:
    package = _opened(upload, data, "odt")
    names = _names(package)
    if "mimetype" not in names or package.getinfo(names["mimetype"]).file_size > 200:
        raise mismatch("odt")
    if package.read(names["mimetype"]).strip() != _ODT:
        raise mismatch("odt")
    if "content.xml" not in names or "meta-inf/manifest.xml" not in names:
        raise damaged()
    if any(name.startswith(("basic/", "scripts/")) and not name.endswith("/") for name in names):
        raise macros()
    if "encryption-data" in _elements(package, names["meta-inf/manifest.xml"]):
        raise locked()
    _check_members(package)


def _check_open_xml(upload: File, data: bytes | mmap.mmap, extension: str, main: str) -> None:
    package = _opened(upload, data, extension)
    names = _names(package)
    if "[content_types].xml" not in names:
        raise mismatch(extension)
    types = _content_types(package, names["[content_types].xml"])
    if any(_ACTIVE.search(kind) for kind in types.values()) or any(_ACTIVE.search(name) for name in names):
        raise macros()
    parts = [part for part, kind in types.items() if kind == _OPEN_XML + main]
    if not parts:
        raise mismatch(extension)
    if not any(part.lstrip("/").lower() in names for part in parts):
        raise damaged()
    _check_members(package)


def _opened(upload: File, data: bytes | mmap.mmap, extension: str) -> zipfile.ZipFile:
    if is_locked_package(data):
        raise locked()
    if data[:4] != b"PK\x03\x04":
        raise mismatch(extension)
    # Counted before the directory is read: half a million entries would fill the memory with their names.
    count = at = 0
    while (at := data.find(_ENTRY, at)) >= 0:
        count, at = count + 1, at + 4
        if count > MOST_MEMBERS * 2:
            raise too_much_inside()
    package = zipfile.ZipFile(upload)
    members = package.infolist()
    if len(members) > MOST_MEMBERS:
        raise too_much_inside()
    if any(member.flag_bits & 0x1 for member in members):
        raise locked()
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise damaged()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED or (unpacked > _SMALL and unpacked > MOST_RATIO * len(data)):
        raise too_much_inside()
    return package


def _names(package: zipfile.ZipFile) -> dict[str, str]:
    """Names in lower case → as written; two that differ in case alone would be read differently by each reader."""
    names = {member.replace("\\", "/").lower(): member for member in package.namelist()}
    if len(names) != len(package.infolist()):
        raise damaged()
    if any(_PROGRAMS.search(name) for name in names):
        raise macros()
    return names


def _check_members(package: zipfile.ZipFile) -> None:
    """Unpack everything once and throw it away: checksums right, sizes as announced, no declared entities."""
    for member in package.infolist():
        prologue = _Prologue() if member.filename.lower().endswith(_XML) else None
        with package.open(member) as part:
            while chunk := part.read(_CHUNK):
                if prologue and not prologue.is_over:
                    prologue.feed(chunk)


class _Prologue:
    """Reads XML up to its first element: a document type, with the entities it may declare, can only stand there."""

    def __init__(self) -> None:
        self.is_over = False
        self._parser = _parser()
        self._parser.StartElementHandler = self._begun

    def feed(self, chunk: bytes) -> None:
        # In small steps, because the first element tells that the rest need not be read.
        for at in range(0, len(chunk), 1024):
            self._parser.Parse(chunk[at : at + 1024], False)
            if self.is_over:
                return

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        self.is_over = True


def _parser() -> expat.XMLParserType:
    """A parser that refuses any document type, and thereby any entity that somebody could declare."""

    def refuse(*_declaration: object) -> None:
        raise Refused("entities", damaged().reason)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parsed(package: zipfile.ZipFile, name: str, begun: Callable[[str, dict[str, str]], None]) -> None:
    if package.getinfo(name).file_size > _MOST_LISTED:
        raise too_much_inside()
    parser = _parser()
    parser.StartElementHandler = begun
    parser.Parse(package.read(name), True)


def _content_types(package: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Part name (or ".extension" for a default) → content type."""
    types: dict[str, str] = {}

    def begun(_name: str, attributes: dict[str, str]) -> None:
        part = attributes.get("PartName") or "." + attributes.get("Extension", "")
        types[part] = attributes.get("ContentType", "")

    _parsed(package, name, begun)
    return types


def _elements(package: zipfile.ZipFile, name: str) -> set[str]:
    """The names of all elements, without their prefixes."""
    found: set[str] = set()
    _parsed(package, name, lambda element, _attributes: found.add(element.rpartition(":")[2]))
    return found
