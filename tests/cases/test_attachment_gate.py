"""Which files are taken, which are refused, and what people are told about it."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import time
import tracemalloc
import unicodedata
import zipfile
import zlib

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.utils.translation import gettext_lazy, override
from docx import Document

from cases import attachments
from cases.attachments import MOST_BYTES, MOST_FILE, MOST_FILES, TAKEN, Inspected, Refused, inspect, names
from tests.cases import samples

JPEG = samples.picture("JPEG")
PNG = samples.picture("PNG")
PROGRAM = (
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"
    + bytes(200)
    + b"This program cannot be run in DOS mode."
)
PAGE = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

GOOD = {
    "harbour.jpg": JPEG,
    "harbour.jpeg": samples.picture("JPEG", progressive=True, mode="L"),
    "map.png": PNG,
    "report.pdf": samples.pdf(),
    "letter.doc": samples.word(),
    "talk.ppt": samples.slides(),
    "costs.xls": samples.sheet(samples.bound_sheet(0), samples.bound_sheet(2)),
    "letter.docx": samples.office("docx"),
    "talk.pptx": samples.office("pptx"),
    "costs.xlsx": samples.office("xlsx"),
    "letter.odt": samples.odt(),
    "notes.txt": "Naïve – “quoted” → نص\r\n".encode(),
    "interview.mp3": samples.mp3(tag=b"TIT2" + bytes(300)),
    "interview.m4a": samples.m4a(b"soun"),
    "interview.ogg": samples.ogg(),
    "interview.wav": samples.wav(),
}


def taken(name: str, content: bytes) -> Inspected:
    return inspect(ContentFile(content), name)


def refusal(name: str, content: bytes) -> str:
    """Why a file is refused, as the code of the reason."""
    with pytest.raises(Refused) as refused:
        inspect(ContentFile(content), name)
    assert refused.value.reason.endswith(".")
    return refused.value.code


# -- What is taken ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_that_is_promised_is_taken_and_described(name):
    extension = name.rpartition(".")[2]
    kind, content_type, _check = TAKEN[extension]

    assert taken(name, GOOD[name]) == Inspected(
        kind=kind,
        content_type=content_type,
        size=len(GOOD[name]),
        sha256=hashlib.sha256(GOOD[name]).hexdigest(),
        clean_name=name,
    )


def test_the_samples_cover_every_kind():
    assert {name.rpartition(".")[2] for name in GOOD} == set(TAKEN)


def test_the_limits_are_those_that_people_are_told():
    assert (MOST_FILE, MOST_FILES, MOST_BYTES) == (20 * 2**20, 10, 60 * 2**20)


def test_the_file_is_left_at_its_beginning_whether_taken_or_refused():
    good, bad = ContentFile(PNG), ContentFile(PROGRAM)

    inspect(good, "map.png")
    with pytest.raises(Refused):
        inspect(bad, "map.png")

    assert (good.tell(), bad.tell()) == (0, 0)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_on_disk_gives_the_same_answer_as_one_in_memory(name, tmp_path):
    (tmp_path / "stored").write_bytes(GOOD[name])
    upload = TemporaryUploadedFile(name, "application/x-anything", len(GOOD[name]), None)
    upload.write(GOOD[name])

    with open(tmp_path / "stored", "rb") as stored:
        answers = [
            inspect(each, name) for each in (File(stored), upload, SimpleUploadedFile(name, GOOD[name]))
        ]

    assert answers == [taken(name, GOOD[name])] * 3


def test_the_content_type_that_a_browser_sent_is_not_believed():
    upload = SimpleUploadedFile("map.png", PNG, content_type="text/html")

    assert inspect(upload, "map.png").content_type == "image/png"


def test_documents_made_by_ordinary_programs_are_taken():
    document = io.BytesIO()
    Document().save(document)

    assert taken("made.docx", document.getvalue()).kind == "document"


def test_capital_letters_in_the_extension_make_no_difference():
    assert taken("DSC_0001.JPG", JPEG).content_type == "image/jpeg"


# -- Sizes -----------------------------------------------------------------------------------------------------


def test_twenty_megabytes_are_taken_and_one_byte_more_is_not():
    words = b"a line of sixteen\n"[:16] * (MOST_FILE // 16)

    assert taken("notes.txt", words).size == MOST_FILE
    assert refusal("notes.txt", words + b"x") == "too-big"


def test_an_empty_file_is_refused():
    assert refusal("notes.txt", b"") == "empty"


def test_a_large_file_is_read_in_pieces(tmp_path):
    upload = TemporaryUploadedFile("notes.txt", "text/plain", 0, None)
    for _megabyte in range(19):
        upload.write(b"words and words\n" * 2**16)

    tracemalloc.start()
    inspect(upload, "notes.txt")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * 2**20


# -- Names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("/etc/../home/me/map.png", "map.png"),
        (r"C:\Users\me\Desktop\map.png", "map.png"),
        ("../../map.png", "map.png"),
        ("ma\x00p\r\nSet-Cookie: x.png", "mapSet-Cookie_ x.png"),
        ("\u202egnp.map.png", "gnp.map.png"),
        ("re\u0301sume\u0301.png", "résumé.png"),
        ("خريطة الحدود.png", "خريطة الحدود.png"),
        ("a  map   of it.png", "a map of it.png"),
        ('<b>"map"?*|.png', "_b__map____.png"),
        (".png", "file.png"),
        ("..png", "file.png"),
        ("map.png. . ", "map.png"),
        ("\ud800map.png", "map.png"),
    ],
)
def test_names_are_kept_without_what_misleads_or_breaks(name, clean):
    assert taken(name, PNG).clean_name == clean


def test_a_long_name_keeps_its_extension():
    clean_name = taken("m" * 500 + ".png", PNG).clean_name

    assert (len(clean_name), clean_name[-6:]) == (120, "mm.png")


def test_any_name_at_all_comes_out_clean():
    chance = random.Random(7)
    for _time in range(3000):
        name = "".join(chr(chance.choice((chance.randrange(0x250), chance.randrange(0x3000), 0x2E, 0x2F, 0x202E)))
                       for _sign in range(chance.randrange(40)))  # fmt: skip
        clean = names.clean(name)
        assert 0 < len(clean) <= 120
        assert not set(clean) & set('/\\<>:"|?*\u202e\u2066')
        assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in clean)
        assert names.clean(clean) == clean


# -- What is refused by its name -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("drawing.svg", "page"),
        ("index.html", "page"),
        ("setup.exe", "kind"),
        ("run.sh", "kind"),
        ("run.js", "kind"),
        ("files.zip", "archive"),
        ("files.tar.gz", "archive"),
        ("files.7z", "archive"),
        ("letter.docm", "macros"),
        ("costs.xlsm", "macros"),
        ("film.mp4", "video"),
        ("report.pdf.exe", "kind"),
        ("report.pdf.", "mismatch"),
        ("report", "kind"),
        ("", "kind"),
        ("pdf", "kind"),
        ("map.png\u202e.exe", "kind"),
        ("map.png/", "kind"),
        ("map.png\x00.exe", "kind"),
        ("map.png::$DATA", "kind"),
    ],
)
def test_other_kinds_are_refused_by_the_last_extension(name, code):
    assert refusal(name, PNG) == code


# -- What is refused by its content ----------------------------------------------------------------------------


@pytest.mark.parametrize("extension", sorted(set(TAKEN) - {"txt"}))
@pytest.mark.parametrize(
    "content",
    [
        PROGRAM,
        PAGE,
        SVG,
        b"#!/bin/sh\nrm -rf ~\n",
        b"just some words",
        samples.package({"a.txt": "a"}),
        b"\x7fELF" + bytes(99),
    ],
    ids=["program", "page", "svg", "script", "words", "zip", "elf"],
)
def test_a_promising_name_helps_no_other_content(extension, content):
    assert refusal(f"innocent.{extension}", content) in ("mismatch", "damaged")


@pytest.mark.parametrize("name", GOOD)
def test_no_good_file_passes_under_the_name_of_another_kind(name):
    own = TAKEN[name.rpartition(".")[2]][1]
    others = [extension for extension, (_kind, content_type, _check) in TAKEN.items() if content_type != own]

    for extension in others:
        if not (name == "notes.txt" and extension == "txt"):
            refusal(f"file.{extension}", GOOD[name])


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"notes.txt", "interview.mp3"}))
def test_half_a_file_is_refused(name):
    assert refusal(name, GOOD[name][: len(GOOD[name]) // 2]) in ("damaged", "mismatch")


@pytest.mark.parametrize("name", GOOD)
def test_damaged_files_are_refused_or_taken_but_never_a_surprise(name):
    chance = random.Random(name)
    for _time in range(150):
        body = bytearray(GOOD[name])
        for _wound in range(chance.choice((1, 3, 30))):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.3:
            body = body[: chance.randrange(1, len(body))]
        try:
            taken(name, bytes(body))
        except Refused as refused:
            assert refused.reason


# -- Pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["harbour.jpg", "map.png"])
def test_a_script_behind_a_picture_is_harmless_because_files_are_only_downloads(name):
    assert taken(name, GOOD[name] + b"<script>alert(1)</script>").kind == "image"


@pytest.mark.parametrize("signature", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_script_behind_the_signature_alone_is_no_picture(signature):
    name = "map.png" if signature[0] == 0x89 else "map.jpg"

    assert refusal(name, signature + b"<script>alert(1)</script>") == "damaged"


@pytest.mark.parametrize(
    "how", [{"mode": "L"}, {"mode": "RGBA"}, {"mode": "P"}, {"mode": "1"}, {"mode": "I;16"}, {"mode": "LA"}]
)
def test_png_of_every_colour_type_is_taken(how):
    assert taken("map.png", samples.picture("PNG", width=123, height=45, **how)).kind == "image"


def test_an_interlaced_png_is_taken():
    # A picture of one pixel has one pass, one of nine by nine has all seven.
    for side, rows in ((1, [1]), (9, [2, 2, 4, 3, 6, 5, 9])):
        widths = [1] if side == 1 else [2, 1, 3, 2, 5, 4, 9]
        counts = [1] if side == 1 else [2, 2, 1, 3, 2, 5, 4]
        packed = zlib.compress(
            b"".join((b"\0" + bytes(3 * w)) * c for w, c in zip(widths, counts, strict=True))
        )
        assert len(rows) == len(widths)
        assert (
            taken("map.png", samples.png(width=side, height=side, packed=packed, interlace=1)).kind == "image"
        )


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    began = time.process_time()

    assert (
        refusal("bomb.png", samples.png(width=30_000, height=30_000, packed=zlib.compress(bytes(100))))
        == "pixels"
    )
    assert refusal("thin.png", samples.png(width=1, height=40_000_000, packed=zlib.compress(b""))) == "pixels"
    assert time.process_time() - began < 0.5


def test_a_png_that_unpacks_to_more_than_it_says_costs_no_more_than_it_says():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _megabyte in range(200)) + packer.flush()
    body = samples.png(width=10, height=10, packed=packed)

    tracemalloc.start()
    assert taken("bomb.png", body).kind == "image"
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 2 * 2**20


def test_a_png_with_a_wrong_checksum_or_missing_rows_is_refused():
    wounded = bytearray(PNG)
    wounded[60] ^= 1

    assert refusal("map.png", bytes(wounded)) == "damaged"
    assert refusal("map.png", samples.png(width=10, height=10, packed=zlib.compress(bytes(100)))) == "damaged"


def test_a_jpeg_with_more_scans_than_any_camera_makes_is_refused():
    body = samples.picture("JPEG", progressive=True)
    start = body.rindex(b"\xff\xda")
    scan = body[start:-2]

    assert refusal("bomb.jpg", body[:-2] + scan * 100 + b"\xff\xd9") == "damaged"


def test_a_jpeg_that_claims_too_many_pixels_is_refused():
    at = JPEG.index(b"\xff\xc0") + 5
    claimed = JPEG[:at] + struct.pack(">HH", 65_000, 65_000) + JPEG[at + 4 :]

    assert refusal("bomb.jpg", claimed) == "pixels"


# -- PDF -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        samples.pdf(b"<</Type/Action/S/JavaScript/JS(app.alert(1))>>"),
        samples.pdf(b"<< /S /JavaScript /JS 5 0 R >>"),
        samples.pdf(b"<</S/#4aava#53cript/JS(app.alert(1))>>"),
        samples.pdf(b"<</#53/JavaScript/JS(app.alert(1))>>"),
        samples.pdf(b"<</S%a comment\n/JavaScript/JS(app.alert(1))>>"),
        samples.pdf(b"<</Names<</JavaScript 5 0 R>>>>"),
        samples.pdf(b"<</Names<</Dests 4 0 R/JavaScript<</Names[(a) 5 0 R]>>>>>>"),
        samples.pdf(b"/JavaScript"),
        samples.pdf(b"<</S/Launch/F(cmd.exe)>>"),
        samples.pdf(b"<</AcroForm<</XFA[(template) 5 0 R]>>>>"),
        samples.pdf(samples.packed_objects(b"5 0 <</S/JavaScript/JS(app.alert(1))>>")),
        samples.pdf(samples.packed_objects(bytes(70_000) + b"<</S /JavaScript/JS(app.alert(1))>>")),
        samples.pdf(samples.packed_objects(b"5 0 <</S/JavaScript>>", more=b"/Filter [ /FlateDecode ]")),
        samples.pdf(samples.packed_objects(b"5 0 <</S/JavaScript>>", more=b"/#46ilter/FlateDecode")),
        samples.pdf(
            samples.pdf_stream(b"/N 1/First 4/Filter/FlateDecode", zlib.compress(b"5 0 <</S/JavaScript/JS(x)>>"))
        ),
    ],
)  # fmt: skip
def test_a_pdf_with_something_that_runs_is_refused(body):
    assert refusal("report.pdf", body) == "active"


@pytest.mark.parametrize(
    "body",
    [
        samples.pdf(b"<</Title(HTML/JavaScript for beginners)>>"),
        samples.pdf(b"<</Title(Launch of the service)/Producer(/Encrypt nothing)>>"),
        samples.pdf(b"<</Type/Outlines/First 5 0 R/Last 5 0 R>>"),
        samples.pdf(samples.packed_objects(b"5 0 <</Type/Font/BaseFont/Helvetica>>")),
        b"\r\n" + samples.pdf(),
        samples.pdf() + b"\r\n" * 20,
    ],
)
def test_a_pdf_that_only_speaks_of_such_things_is_taken(body):
    assert taken("report.pdf", body).kind == "document"


def test_an_encrypted_pdf_is_refused():
    assert refusal("report.pdf", samples.pdf(trailer=b"/Encrypt 4 0 R")) == "password"
    assert refusal("report.pdf", samples.pdf(trailer=b"/#45ncrypt <</Filter/Standard>>")) == "password"


def test_a_pdf_that_packs_objects_so_that_nobody_can_look_is_refused():
    twice = samples.packed_objects(b"", more=b"/Filter[/ASCIIHexDecode/FlateDecode]")
    shifted = samples.packed_objects(b"", more=b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>")
    elsewhere = samples.packed_objects(b"", more=b"/Filter 9 0 R")

    assert {refusal("report.pdf", samples.pdf(each)) for each in (twice, shifted, elsewhere)} == {"unusual"}


def test_a_pdf_that_unpacks_without_end_is_refused():
    assert refusal("bomb.pdf", samples.pdf(samples.packed_objects(bytes(70 * 2**20)))) == "unpacks"


def test_a_program_with_a_pdf_inside_is_refused():
    assert refusal("report.pdf", b"MZ" + bytes(100) + samples.pdf()) == "mismatch"


def test_a_header_and_an_end_alone_are_no_pdf():
    assert refusal("report.pdf", b"%PDF-1.7\n<script>alert(1)</script>\nstartxref\n0\n%%EOF") == "damaged"


# -- Old Office ------------------------------------------------------------------------------------------------


def test_old_documents_with_macros_are_refused():
    assert refusal("letter.doc", samples.word(Macros=b"")) == "macros"
    assert (
        refusal("costs.xls", samples.compound({"Workbook": b"", "x": b""}, ("_VBA_PROJECT_CUR",))) == "macros"
    )
    assert refusal("costs.xls", samples.sheet(samples.bound_sheet(1))) == "macros"
    assert refusal("talk.ppt", samples.slides(has_macros=1)) == "macros"
    assert taken("talk.ppt", samples.slides(has_macros=0)).kind == "document"


def test_a_vba_stream_under_any_storage_is_found():
    assert (
        refusal("letter.doc", samples.compound({"WordDocument": b"\xec\xa5", "_VBA_PROJECT": b"x"}))
        == "macros"
    )


def test_old_documents_with_a_password_are_refused():
    assert refusal("letter.doc", samples.word(flags=0x0100)) == "password"
    assert refusal("costs.xls", samples.sheet((0x002F, bytes(54)))) == "password"
    assert refusal("talk.ppt", samples.slides(token=0xF3D1C4DF)) == "password"


def test_new_documents_with_a_password_are_refused_with_that_reason():
    wrapped = samples.compound({"EncryptionInfo": b"x", "EncryptedPackage": b"x"})

    assert {refusal(f"letter.{kind}", wrapped) for kind in ("docx", "xlsx", "pptx", "doc")} == {"password"}


def test_an_old_document_of_another_program_is_refused():
    assert refusal("letter.doc", samples.sheet()) == "mismatch"
    assert refusal("costs.xls", samples.word()) == "mismatch"
    assert refusal("talk.ppt", samples.compound({"Contents": b"x"})) == "mismatch"


def test_tables_that_lead_round_in_circles_cost_neither_time_nor_memory():
    endless = samples.compound_header(first_directory=1, fat_sectors=2**31, difat_sectors=2**24) + bytes(8192)
    circle = (
        samples.compound_header(first_directory=1)
        + struct.pack("<128I", 0xFFFFFFFD, 1, *[1] * 126)
        + bytes(512)
    )
    began = time.process_time()

    assert {refusal("letter.doc", endless), refusal("letter.doc", circle)} <= {"damaged", "mismatch"}
    assert time.process_time() - began < 1


# -- Packages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
def test_a_package_with_macros_is_refused_even_under_an_innocent_name(kind):
    enabled = samples.office_members(kind)
    enabled["[Content_Types].xml"] = enabled["[Content_Types].xml"].replace(
        samples.OPEN_XML + samples.MAIN[kind][1], "application/vnd.ms-office.document.macroEnabled.main+xml"
    )

    assert refusal(f"letter.{kind}", samples.package(enabled)) == "macros"
    assert refusal(f"letter.{kind}", samples.office(kind, **{"word__vbaProject.bin": b"x"})) == "macros"


def test_macro_sheets_and_active_controls_are_macros_too():
    assert (
        refusal("costs.xlsx", samples.office("xlsx", **{"xl__macrosheets__sheet1.xml": "<a/>"})) == "macros"
    )
    assert refusal("letter.docx", samples.office("docx", **{"word__activeX__activeX1.bin": b"x"})) == "macros"


def test_a_program_packed_into_a_document_is_refused():
    assert refusal("letter.docx", samples.office("docx", **{"word__media__image1.exe": PROGRAM})) == "macros"


@pytest.mark.parametrize("part", ["word/document.xml", "word/_rels/document.xml.rels", "docProps/app.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_entities_is_refused_in_any_part_and_encoding(part, encoding):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!-- {"padding " * 500} -->'
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    )

    assert (
        refusal(
            "letter.docx", samples.package(samples.office_members("docx") | {part: text.encode(encoding)})
        )
        == "entities"
    )


def test_entities_in_the_list_of_parts_are_never_expanded():
    laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Types>&b;</Types>'

    assert (
        refusal(
            "letter.docx", samples.package(samples.office_members("docx") | {"[Content_Types].xml": laughs})
        )
        == "entities"
    )


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = samples.office("docx", word__zeros=bytes(100 * 2**20))
    began = time.process_time()

    assert len(bomb) < 200_000
    assert refusal("bomb.docx", bomb) == "unpacks"
    assert time.process_time() - began < 0.5


def test_a_zip_bomb_that_lies_about_its_size_is_refused():
    bomb = samples.office("docx", word__zeros=bytes(30 * 2**20))
    honest, lie = struct.pack("<I", 30 * 2**20), struct.pack("<I", 1000)

    assert refusal("bomb.docx", bomb.replace(honest, lie)) == "damaged"


def test_a_package_of_too_many_members_is_refused_before_they_are_listed():
    crowd = samples.package({f"m{number}": b"" for number in range(2_100)})
    throng = crowd + b"PK\x01\x02" * 5_000

    assert refusal("bomb.docx", crowd) == "unpacks"
    assert refusal("bomb.docx", throng) == "unpacks"


def test_encrypted_members_and_unusual_packing_are_refused():
    locked = bytearray(samples.office("docx"))
    at = locked.rindex(b"PK\x01\x02")
    locked[at + 8] |= 1
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w", zipfile.ZIP_LZMA) as zipped:
        for name, content in samples.office_members("docx").items():
            zipped.writestr(name, content)

    assert refusal("letter.docx", bytes(locked)) == "password"
    assert refusal("letter.docx", other.getvalue()) == "damaged"


def test_members_that_readers_would_tell_apart_differently_are_refused():
    assert refusal("letter.docx", samples.office("docx", **{"WORD__DOCUMENT.XML": "<other/>"})) == "damaged"


def test_the_main_part_has_to_be_there():
    members = samples.office_members("docx")
    del members["word/document.xml"]

    assert refusal("letter.docx", samples.package(members)) == "damaged"


def test_an_open_document_with_macros_a_password_or_another_kind_is_refused():
    assert refusal("letter.odt", samples.odt(Basic__Standard__Module1_xml="<a/>")) == "macros"
    assert refusal("letter.odt", samples.odt(Scripts__python__run_py="x")) == "macros"
    assert refusal("letter.odt", samples.odt(manifest="<m:encryption-data/>")) == "password"
    assert (
        refusal("letter.odt", samples.odt(mimetype="application/vnd.oasis.opendocument.spreadsheet"))
        == "mismatch"
    )


# -- Plain text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_taken_in_the_encodings_that_people_have(encoding):
    assert taken("notes.txt", "Zürich – Genève\r\n\tdone\x0c".encode(encoding)).content_type == "text/plain"


@pytest.mark.parametrize(
    "content",
    [PAGE, SVG, b"  \n<HTML>", b"<?php echo 1;", b"<?xml version='1.0'?><a/>", b"#!/bin/sh\n", b"@echo off\r\n",
     b"Dear all,\n<script src=x>", b"{\\rtf1 words}", b"%PDF-1.7 words", "\ufeff<html>".encode("utf-16-le")],
)  # fmt: skip
def test_pages_and_scripts_are_not_text(content):
    assert refusal("notes.txt", content) == "mismatch"


@pytest.mark.parametrize(
    "content", [b"a\x00b", b"\x1b[31mred", b"\x81\x8d", PROGRAM, "né".encode("utf-16") + b"\x00"]
)
def test_bytes_that_are_no_letters_are_not_text(content):
    assert refusal("notes.txt", content) in ("unreadable", "mismatch")


def test_text_that_speaks_of_less_and_more_is_taken():
    assert taken("notes.txt", b"if a < b then c > d; write to <me@example.org>").kind == "document"


# -- Sound -----------------------------------------------------------------------------------------------------


def test_films_under_the_names_of_sound_are_refused_as_films():
    assert refusal("talk.m4a", samples.m4a(b"soun", b"vide")) == "video"
    assert refusal("talk.ogg", samples.ogg(b"\x80theora")) == "video"


def test_a_tag_alone_is_no_sound():
    assert refusal("talk.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + PROGRAM) == "damaged"


def test_sound_of_other_rates_is_taken():
    slow = (
        b"\xff\xf3\x40\xc4" + bytes(140)
    ) * 12  # MPEG-2, layer 3, 32 kbit/s, 22.05 kHz: 104 bytes with padding

    assert refusal("talk.mp3", slow) == "mismatch"
    assert taken("talk.mp3", (b"\xff\xf3\x40\xc4" + bytes(100)) * 12).kind == "sound"


def test_boxes_that_reach_beyond_the_file_are_refused():
    assert refusal("talk.m4a", samples.m4a(b"soun")[:-1]) == "damaged"
    assert refusal("talk.m4a", samples.m4a(b"soun") + b"MZ\x90\x00" + bytes(20)) == "damaged"


# -- The reasons -----------------------------------------------------------------------------------------------


def test_a_reason_is_given_in_the_language_of_its_reader():
    refused = Refused("demo", gettext_lazy("Yes"))

    with override("fr"):
        assert (refused.reason, str(refused)) == ("Oui", "Oui")
    assert refused.reason == "Yes"


def test_the_reason_says_the_limit():
    with pytest.raises(Refused) as refused:
        inspect(ContentFile(b"x" * (MOST_FILE + 1)), "notes.txt")

    assert (
        refused.value.reason
        == "This file has more than 20 MB. Make it smaller, or give a link to it instead."
    )


def test_what_a_parser_stumbles_over_is_refused_not_raised(monkeypatch):
    def stumble(upload, data):
        raise RecursionError

    monkeypatch.setitem(attachments.TAKEN, "txt", ("document", "text/plain", stumble))

    assert refusal("notes.txt", b"words") == "damaged"
