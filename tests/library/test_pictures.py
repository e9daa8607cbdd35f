"""Pictures for everybody: made anew, upright, without anything that was in the file besides what one sees."""

import io

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageCms, PngImagePlugin

from cases import drafting, pictures, publishing
from cases.attachments import carried
from cases.models import Attachment, Picture
from papers.pictures import NoPicture, remade
from tests.cases import samples
from tests.library.makers import agree, edit, fresh, make_accepted, make_prepared, make_published
from tests.makers import DAY, NOON, make_boss

pytestmark = pytest.mark.django_db

TWO = (pictures.WIDE, pictures.SMALL)
GPS, MAKE, AUTHOR, ORIENTATION = 0x8825, 0x010F, 0x013B, 0x0112


def photograph(*, width: int = 900, height: int = 600, orientation: int = 1, kind: str = "JPEG") -> bytes:
    """A picture with all that a phone writes into one."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    exif = Image.Exif()
    exif[MAKE], exif[AUTHOR], exif[ORIENTATION] = "Phone of Greta", "Greta Secret", orientation
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (48.0, 51.0, 24.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"comment": b"Taken at home"} if kind == "JPEG" else {"pnginfo": _words()}
    body = io.BytesIO()
    image.save(body, kind, exif=exif, icc_profile=profile, **more)
    return body.getvalue() + (b"after the end: Greta Secret" if kind == "JPEG" else b"")


def _words() -> PngImagePlugin.PngInfo:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Greta Secret")
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>Greta Secret</x:xmpmeta>")
    return words


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_metadata_is_in_a_public_picture(kind):
    original = photograph(kind=kind)
    assert b"Greta" in original

    for copy in remade(io.BytesIO(original), TWO):
        image = Image.open(io.BytesIO(copy.body))
        assert image.format == "WEBP"
        assert set(image.info) <= {"loop", "background", "timestamp", "duration"}
        assert dict(image.getexif()) == {}
        for secret in (b"Greta", b"Phone", b"home", b"EXIF", b"ICCP", b"XMP "):
            assert secret not in copy.body


def test_a_picture_taken_sideways_stands_upright():
    wide, _small = remade(io.BytesIO(photograph(orientation=6)), TWO)

    assert (wide.width, wide.height) == (600, 900)
    red = Image.open(io.BytesIO(wide.body)).convert("RGB").getpixel((500, 100))
    assert red[0] > 200 > 100 > red[1]


@pytest.mark.parametrize(
    ("size", "wide", "small"),
    [
        ((4000, 3000), (1600, 1200), (640, 480)),
        ((1000, 500), (1000, 500), (640, 320)),
        ((300, 200), (300, 200), (300, 200)),
        ((200, 9000), (71, 3200), (71, 3200)),
    ],
)
def test_copies_are_no_larger_than_needed(size, wide, small):
    copies = remade(io.BytesIO(samples.picture("JPEG", width=size[0], height=size[1])), TWO)

    assert [(copy.width, copy.height) for copy in copies] == [wide, small]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_every_mode_of_png_becomes_a_picture(mode):
    image = Image.new(mode if mode != "I;16" else "I;16", (50, 40))
    body = io.BytesIO()
    image.save(body, "PNG")

    wide, _small = remade(body, TWO)

    assert (wide.width, wide.height) == (50, 40)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_printers_colours_become_those_of_screens(mode):
    wide, _small = remade(io.BytesIO(samples.picture("JPEG", mode=mode)), TWO)

    assert Image.open(io.BytesIO(wide.body)).mode == "RGB"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(50),
        samples.picture("PNG")[:60],
        samples.png(width=30_000, height=30_000, packed=b""),
    ],
)
def test_what_is_no_picture_or_a_bomb_is_refused_in_words(body):
    with pytest.raises(NoPicture) as refusal:
        remade(io.BytesIO(body), TWO)
    assert str(refusal.value)


def test_a_picture_is_made_once_under_a_name_that_nobody_can_guess():
    public = make_prepared()
    attachment = Attachment.objects.get(kind="image")

    first = pictures.made_of(public, attachment, at=NOON)
    second = pictures.made_of(public, attachment, at=NOON + DAY)

    assert first == second
    assert first.file.name.startswith("public/")
    assert first.file.name != first.small.name
    assert "bridge" not in first.file.name
    assert len(first.code) >= 22


def test_the_sweep_of_files_lets_public_pictures_be():
    public = make_prepared()
    made = pictures.made_of(public, Attachment.objects.get(kind="image"), at=NOON)

    drafting.sweep_attachments(timezone.now() + 3 * DAY)

    assert default_storage.exists(made.file.name)
    assert default_storage.exists(made.small.name)


# -- Who gets them -----------------------------------------------------------------------------------------------------


@pytest.fixture
def shown():
    """A published case with a picture and a file, and the picture."""
    public = make_prepared()
    made = pictures.made_of(public, Attachment.objects.get(kind="image"), at=NOON)
    memo = Attachment.objects.get(name="memo.txt")
    public = agree(edit(public, **content(made, memo)))
    publishing.publish(public, by=make_boss(), at=NOON)
    return fresh(public), made, memo


def content(made: Picture, memo: Attachment) -> dict:
    picture = {
        "code": made.code,
        "alt": "A bridge.",
        "caption": "",
        "width": made.width,
        "height": made.height,
    }
    file = {"code": memo.code, "name": memo.name, "kind": memo.kind, "size": memo.size}
    return {"pictures": [picture], "files": [file]}


def test_a_public_picture_is_served_in_both_widths_and_may_be_kept(shown):
    _public, made, _memo = shown
    browser = Client()

    for width in (pictures.WIDE, pictures.SMALL):
        answer = browser.get(pictures.address_of(made.code, width))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert answer["Cache-Control"] == "public, max-age=604800, immutable"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer
        again = browser.get(answer.request["PATH_INFO"], headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert browser.get(pictures.address_of(made.code, 1601)).status_code == 404
    assert browser.post(pictures.address_of(made.code, pictures.WIDE)).status_code == 405


def test_a_public_file_leaves_as_a_download_that_nothing_runs(shown):
    public, _made, memo = shown

    answer = Client().get(f"/en/cases/{public.slug}/files/{memo.code}/")

    assert b"".join(answer.streaming_content) == b"Both sides agree.\n"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_picture_or_file_of_the_draft_or_of_another_case_is_served_to_nobody(shown):
    public, made, memo = shown
    other = make_published(case=make_accepted(title="Another case"))
    secret = pictures.made_of(other, other.case.attachments.get(kind="image"), at=NOON)
    edit(other, pictures=[{"code": secret.code, "alt": "Secret", "caption": "", "width": 1, "height": 1}])
    browser = Client()

    assert browser.get(pictures.address_of(secret.code, pictures.WIDE)).status_code == 404
    assert browser.get(pictures.address_of("unknown", pictures.WIDE)).status_code == 404
    for code in (memo.code, made.code, other.case.attachments.get(name="memo.txt").code, "x"):
        assert browser.get(f"/en/cases/{other.slug}/files/{code}/").status_code == 404
    image = public.case.attachments.get(kind="image")
    assert browser.get(f"/en/cases/{public.slug}/files/{image.code}/").status_code == 404


@pytest.mark.parametrize("deed", ["archive", "unpublish"])
def test_pictures_and_files_stay_with_an_archived_page_and_go_with_one_taken_down(shown, deed):
    public, made, memo = shown
    getattr(publishing, deed)(public, reason="Because.", by=make_boss(), at=NOON)

    expected = 200 if deed == "archive" else 404
    assert Client().get(pictures.address_of(made.code, pictures.SMALL)).status_code == expected
    assert Client().get(f"/en/cases/{public.slug}/files/{memo.code}/").status_code == expected


def test_an_earlier_edition_keeps_its_pictures(shown):
    public, made, memo = shown
    public = agree(edit(public, pictures=[], files=[]), at=NOON + DAY)
    publishing.correct(public, by=make_boss(), at=NOON + DAY, note="Without the picture.")

    assert Client().get(pictures.address_of(made.code, pictures.WIDE)).status_code == 200
    assert Client().get(f"/en/cases/{public.slug}/files/{memo.code}/").status_code == 200


# -- What other files carry ---------------------------------------------------------------------------------------------


def test_a_photograph_carries_place_name_and_device():
    found = carried.kinds_in(io.BytesIO(photograph()), "bridge.jpg")

    assert found == [carried.NAMES, carried.PLACE, carried.DEVICE]


def test_a_document_carries_names_comments_and_tracked_changes():
    body = samples.package(
        {
            "docProps/core.xml": b"<cp:coreProperties><dc:creator>Greta</dc:creator></cp:coreProperties>",
            "word/comments.xml": b"<w:comments/>",
            "word/document.xml": b'<w:document><w:ins w:id="1"></w:ins></w:document>',
        },
    )

    assert carried.kinds_in(io.BytesIO(body), "memo.docx") == [
        carried.NAMES,
        carried.COMMENTS,
        carried.CHANGES,
    ]


def test_a_pdf_carries_its_author():
    body = samples.pdf(b"<</Author(Greta Secret)/Producer(Writer)>>")

    assert carried.kinds_in(io.BytesIO(body), "memo.pdf") == [carried.NAMES, carried.DEVICE]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("memo.txt", b"Both sides agree."),
        ("memo.docx", b"PK no package"),
        ("memo.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("memo.pdf", b""),
        ("bridge.png", samples.picture("PNG")),
        ("talk.mp3", b"\xff\xfb"),
    ],
)
def test_nothing_is_told_of_what_carries_nothing_or_cannot_be_read(name, body):
    file = io.BytesIO(body)

    assert carried.kinds_in(file, name) == []
    assert file.tell() == 0
