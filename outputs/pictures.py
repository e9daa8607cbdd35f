"""Pictures come in: looked at by the gate for files, then made anew as WebP, so that nothing a camera wrote is left."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.attachments import Refused, inspect
from outputs.models import Output, Picture

#: Widths in pixels: for wide screens, and for phones. No WebP is higher than 16,383, and no page wants one.
LARGE, SMALL = 1600, 800
TALLEST = 3200
#: Points that are read at once; the memory of a process pays four times for each.
MOST_POINTS = 30_000_000
QUALITY = 80
#: A picture that nothing names is kept so long: somebody may be writing.
KEPT = timedelta(days=1)


def add(output: Output, upload: File, name: str, *, at: datetime) -> Picture:
    """The picture of an upload; the same one twice is one, also at once. Raises Refused with a reason for whoever sent
    it."""
    found = inspect(upload, name)
    if found.kind != "image":
        raise Refused("no-picture", _("This is no picture. Add a JPG or a PNG."))
    if there := output.pictures.filter(sha256=found.sha256).first():
        return there
    large, small, width, height = _made_anew(upload)
    picture = Picture(output=output, width=width, height=height, sha256=found.sha256, added_at=at)
    picture.large.save(f"outputs/{picture.code}-{LARGE}.webp", ContentFile(large), save=False)
    picture.small.save(f"outputs/{picture.code}-{SMALL}.webp", ContentFile(small), save=False)
    try:
        with transaction.atomic():
            picture.save()
    except IntegrityError:  # somebody else sent it in the same moment
        for file in (picture.large, picture.small):
            file.delete(save=False)
        return output.pictures.get(sha256=found.sha256)
    return picture


def _made_anew(upload: File) -> tuple[bytes, bytes, int, int]:
    """Raises Refused for what cannot be decoded, whatever the decoder says of it."""
    from PIL import Image  # noqa: PLC0415 (4 MiB that most requests never need)

    try:
        upload.seek(0)
        image = _opened(Image.open(upload, formats=("JPEG", "PNG")))
        large, small = _within(image, LARGE), _within(image, SMALL)
        return _webp(large), _webp(small), large.width, large.height
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise Refused(
            "no-picture", _("This picture is damaged, or of a kind that we cannot read.")
        ) from error


def _opened(image: Any) -> Any:
    """The points of a picture, upright, and no more of them than are shown: whatever is done with them costs little."""
    from PIL import ImageOps  # noqa: PLC0415

    image.draft("RGB", (LARGE, TALLEST))  # a JPEG is read small
    if image.width * image.height > MOST_POINTS:
        raise Refused(
            "pixels",
            _("This picture has more than %(most)s million pixels. Make it smaller, and add it again."),
            most=MOST_POINTS // 10**6,
        )
    kind = "RGBA" if _has_holes(image) else "RGB"
    if image.mode in ("1", "P", "PA"):  # between two numbers of a palette there is nothing
        image = image.convert(kind)
    image.thumbnail((TALLEST, TALLEST))
    return ImageOps.exif_transpose(image).convert(kind)


def _has_holes(image: Any) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _within(image: Any, width: int) -> Any:
    if image.width <= width:
        return image.copy()
    return image.resize((width, max(1, round(image.height * width / image.width))))


def _webp(image: Any) -> bytes:
    image.info = {}
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"")
    return out.getvalue()


def with_sizes(content: dict, output: Output) -> dict:
    """The content with the size of each of its pictures, so that a page keeps their room; one that is not there has
    none. One statement where there are pictures."""
    codes = {
        block["picture"] for block in content["blocks"] if block["type"] == "picture" and block["picture"]
    }
    if not codes:
        return content
    sizes = {
        picture.code: {"width": picture.width, "height": picture.height}
        for picture in output.pictures.filter(code__in=codes)
    }
    filled = [
        {**block, "size": sizes.get(block["picture"])} if block["type"] == "picture" else block
        for block in content["blocks"]
    ]
    return {**content, "blocks": filled}


def sweep(at: datetime) -> int:
    """Delete pictures that no version shows and no draft names any more, a day after they came; how many. Safe to
    repeat: one that a draft names again has come anew."""
    gone = 0
    old = Picture.objects.filter(published_at=None, added_at__lt=at - KEPT)
    for picture in old.iterator(200):
        with transaction.atomic():
            output = Output.objects.locked().get(pk=picture.output_id)
            named = {block.get("picture") for block in output.draft.get("blocks", [])}
            if picture.code in named:
                continue
            deleted = Picture.objects.filter(pk=picture.pk, published_at=None).delete()[0]
        for file in (picture.large, picture.small) if deleted else ():
            file.delete(save=False)
        gone += deleted
    return gone
