"""A picture for the public: made anew from its pixels, so that nothing the camera or a program wrote into it is left."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from newsletter.models import Picture
from papers.pictures import NoPicture, remade

MOST_BYTES = 20 * 2**20
#: Letters and pages are no wider than half of this; screens have two dots for each of theirs.
WIDEST = 1600


def made_anew(upload: UploadedFile, *, at: datetime) -> Picture:
    """The picture in ``upload``, at most ``WIDEST`` dots wide or high; a saved row. Raises NoPicture."""
    if (upload.size or 0) > MOST_BYTES:
        raise NoPicture(_("A picture may have 20 MB."))
    (copy,) = remade(upload, (WIDEST,), tallest=WIDEST, is_for_letters=True)
    name = Picture.new_name({"image/png": "png", "image/jpeg": "jpg"}[copy.content_type])
    picture = Picture(name=name, kind=copy.content_type, width=copy.width, height=copy.height, made_at=at)
    picture.file.save(name, ContentFile(copy.body), save=True)
    return picture
