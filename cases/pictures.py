"""Pictures for everybody: made anew of what was handed in, upright, no larger than needed, and without metadata.

What a camera or a phone writes into a picture (place, name, device, a smaller copy of the whole) stays behind, for
only the points of the picture are carried over. The original is never public.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Attachment, Picture, PublicCase

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

#: Points across of the two copies; a narrower picture is not made wider.
WIDE, SMALL = 1600, 640
#: However wide a picture is, it is no taller than this: a strip of a thousand screens is no picture.
TALLEST = 3200
#: More points than this are not unpacked at all. A JPEG is read at a fraction of its size, so it may have more.
MOST_POINTS = 30_000_000
MOST_POINTS_OF_JPEG = 100_000_000
CONTENT_TYPE = "image/webp"
QUALITY = 80
#: Where they lie, beside the private files and as little served.
FOLDER = "public"


class NoPicture(Exception):
    """This file cannot be made into a picture for everybody, said in words for people."""


@dataclass(frozen=True)
class Copy:
    body: bytes
    width: int
    height: int


def made_of(public: PublicCase, attachment: Attachment, *, at: datetime) -> Picture:
    """The public picture of an attachment; made once, however often it is asked for. Raises NoPicture.

    Reading and writing it takes a second, so that no transaction is open meanwhile.
    """
    standing = public.pictures.filter(made_from=attachment).first()
    if standing:
        return standing
    try:
        with attachment.file.open("rb") as stored:
            wide, small = remade(stored)
    except OSError as error:  # the stored bytes are gone
        raise NoPicture(_("The file cannot be read any more.")) from error
    paths = [_put_away(wide), _put_away(small)] if small is not wide else [_put_away(wide)] * 2
    with transaction.atomic():
        PublicCase.objects.locked().get(pk=public.pk)
        standing = public.pictures.filter(made_from=attachment).first()
        if standing is None:
            return public.pictures.create(
                made_from=attachment,
                file=paths[0],
                small=paths[1],
                content_type=CONTENT_TYPE,
                width=wide.width,
                height=wide.height,
                size=len(wide.body),
                sha256=hashlib.sha256(wide.body).hexdigest(),
                added_at=at,
            )
    for path in set(paths):  # somebody else made it in the same moment
        default_storage.delete(path)
    return standing


def remade(stored: File | BytesIO) -> tuple[Copy, Copy]:
    """A wide copy and a small one, as WebP; the same one twice where the picture is small. Raises NoPicture."""
    from PIL import Image  # noqa: PLC0415 (4 MiB that most requests never need)

    try:
        image = _opened(stored, Image)
        wide = _copy(image, WIDE, Image)
        return wide, _copy(image, SMALL, Image) if wide.width > SMALL else wide
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(_("This picture is damaged, or of a kind that we cannot read.")) from error


def _opened(stored: File | BytesIO, pillow: Any) -> PillowImage:
    """The points of a picture, upright, in the colours of the web; nothing else of the file."""
    from PIL import ImageOps  # noqa: PLC0415

    stored.seek(0)
    image = pillow.open(stored, formats=("JPEG", "PNG"))
    most = MOST_POINTS_OF_JPEG if image.format == "JPEG" else MOST_POINTS
    if image.width * image.height > most:
        words = _("This picture has more than %(n)s million points. Ask the author for a smaller one.")
        raise NoPicture(words % {"n": most // 10**6})
    if image.format == "JPEG":
        image.draft("RGB", (WIDE, min(TALLEST, image.height)))
    image.thumbnail((max(WIDE, TALLEST), TALLEST))
    image = ImageOps.exif_transpose(image)
    image = _in_srgb(image)
    has_clear_parts = "A" in image.getbands() or "transparency" in image.info
    image = image.convert("RGBA" if has_clear_parts else "RGB")
    plain = pillow.new(image.mode, image.size)
    plain.paste(image)
    return plain


def _in_srgb(image: PillowImage) -> PillowImage:
    """Colours that were meant for another screen, as every screen shows them; the profile itself is left behind."""
    from PIL import ImageCms  # noqa: PLC0415

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        described = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(
            image, described, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return changed or image


def _copy(image: PillowImage, width: int, pillow: Any) -> Copy:
    height = min(TALLEST, round(image.height * width / image.width))
    copy = image.copy()
    if copy.width > width or copy.height > TALLEST:
        copy.thumbnail((width, max(1, height)), pillow.Resampling.LANCZOS)
    written = BytesIO()
    copy.save(written, "WEBP", quality=QUALITY, method=4)
    return Copy(written.getvalue(), copy.width, copy.height)


def _put_away(copy: Copy) -> str:
    return default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(24)}", ContentFile(copy.body))


# -- Showing -----------------------------------------------------------------------------------------------------------


def address_of(code: str, width: int) -> str:
    """Where a picture of an edition on show is served, ``width`` being WIDE or SMALL."""
    return f"/media/{code}-{width}.webp"


def is_shown(picture: Picture) -> bool:
    """Whether everybody may see it: an edition of a case with a page names it, the one of today or an earlier one."""
    return picture.public_case.has_a_page and _is_named(picture.public_case, "pictures", picture.code)


def file_on_show(public: PublicCase, code: str) -> Attachment | None:
    """A file that an edition of a case with a page offers to everybody."""
    if public.case_id is None or not public.has_a_page or not _is_named(public, "files", code):
        return None
    return Attachment.objects.filter(case=public.case_id, code=code).exclude(kind="image").first()


def _is_named(public: PublicCase, key: str, code: str) -> bool:
    said = public.editions.filter(content__contains=f'"code":"{code}"')
    return any(row["code"] == code for edition in said for row in edition.said[key])
