"""Pictures for everybody: made anew, upright, in the colours of the web, no larger than needed, and without metadata.

What a camera, a phone or a program writes into a picture (place, name, device, a smaller copy of the whole) stays
behind, for only the points of the picture are carried over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

#: However wide a picture is, it is no taller than this: a strip of a thousand screens is no picture.
TALLEST = 3200
#: More points than this are not unpacked at all. A JPEG is read at a fraction of its size, so it may have more.
MOST_POINTS = 30_000_000
MOST_POINTS_OF_JPEG = 100_000_000
QUALITY, QUALITY_OF_JPEG = 80, 85


class NoPicture(Exception):
    """This file cannot be made into a picture for everybody, said in words for people."""


@dataclass(frozen=True)
class Copy:
    body: bytes
    width: int
    height: int
    content_type: str


def remade(
    stored: IO[bytes], widths: Sequence[int], *, tallest: int = TALLEST, is_for_letters: bool = False
) -> list[Copy]:
    """A copy for each of ``widths``, the widest first; the same one again where the picture is no wider. Raises
    NoPicture.

    WebP, but ``is_for_letters``: mail programs know JPEG, and PNG where something shines through. It takes a second, so
    that no transaction should be open meanwhile.
    """
    from PIL import Image  # noqa: PLC0415 (4 MiB that most requests never need)

    try:
        image = _opened(stored, Image, widest=max(widths), tallest=tallest)
        copies: list[Copy] = []
        for width in widths:
            is_no_wider = bool(copies) and copies[-1].width <= width
            copies.append(copies[-1] if is_no_wider else _copy(image, width, tallest, Image, is_for_letters))
        return copies
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(_("This picture is damaged, or of a kind that we cannot read.")) from error


def _opened(stored: IO[bytes], pillow: Any, *, widest: int, tallest: int) -> PillowImage:
    """The points of a picture, upright, in the colours of the web; nothing else of the file."""
    from PIL import ImageOps  # noqa: PLC0415

    stored.seek(0)
    image = pillow.open(stored, formats=("JPEG", "PNG"))
    most = MOST_POINTS_OF_JPEG if image.format == "JPEG" else MOST_POINTS
    if image.width * image.height > most:
        words = _("This picture has more than %(n)s million points. Make it smaller, and add it again.")
        raise NoPicture(words % {"n": most // 10**6})
    if image.format == "JPEG":
        image.draft("RGB", (widest, min(tallest, image.height)))
    image.thumbnail((max(widest, tallest), max(widest, tallest)))
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


def _copy(image: PillowImage, width: int, tallest: int, pillow: Any, is_for_letters: bool) -> Copy:
    height = min(tallest, round(image.height * width / image.width))
    copy = image.copy()
    if copy.width > width or copy.height > tallest:
        copy.thumbnail((width, max(1, height)), pillow.Resampling.LANCZOS)
    written = BytesIO()
    if not is_for_letters:
        copy.save(written, "WEBP", quality=QUALITY, method=4)
    elif copy.mode == "RGBA":
        copy.save(written, "PNG", optimize=True)
    else:
        copy.save(written, "JPEG", quality=QUALITY_OF_JPEG, optimize=True, progressive=True)
    kind = "webp" if not is_for_letters else "png" if copy.mode == "RGBA" else "jpeg"
    return Copy(written.getvalue(), copy.width, copy.height, f"image/{kind}")
