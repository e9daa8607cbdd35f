"""A picture for the public: made anew from its pixels, so that nothing the camera or a program wrote into it is left."""

from __future__ import annotations

import io
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from newsletter.models import Picture

MOST_BYTES = 20 * 2**20
MOST_PIXELS = 40_000_000
#: Letters and pages are no wider than half of this; screens have two dots for each of theirs.
WIDEST = 1600

_QUALITY = 85


class NoPicture(Exception):
    """What was sent is no picture that we take; the words say why."""


def made_anew(upload: UploadedFile, *, at: datetime) -> Picture:
    """The picture in ``upload``, upright, at most ``WIDEST`` dots wide or high, without metadata; a saved row.

    Raises NoPicture. PNG stays PNG where it lets something shine through, all else becomes JPEG.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 (4 MiB that most requests never need)

    if (upload.size or 0) > MOST_BYTES:
        raise NoPicture(_("A picture may have 20 MB."))
    try:
        upload.seek(0)
        image = Image.open(upload, formats=("JPEG", "PNG"))
        if image.width * image.height > MOST_PIXELS:
            raise NoPicture(_("This picture has more than 40 million pixels. Make it smaller first."))
        image.draft("RGB", (WIDEST, WIDEST))
        image = ImageOps.exif_transpose(image)
        shines = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        image = image.convert("RGBA" if shines else "RGB")
        image.thumbnail((WIDEST, WIDEST))
    except NoPicture:
        raise
    except Exception as error:  # a damaged file makes a decoder raise anything
        raise NoPicture(_("This is no JPEG or PNG picture that can be read.")) from error
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    kept = io.BytesIO()
    if shines:
        bare.save(kept, "PNG", optimize=True)
    else:
        bare.save(kept, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    name = Picture.new_name("png" if shines else "jpg")
    picture = Picture(
        name=name,
        kind="image/png" if shines else "image/jpeg",
        width=bare.width,
        height=bare.height,
        made_at=at,
    )
    picture.file.save(name, ContentFile(kept.getvalue()), save=True)
    return picture
