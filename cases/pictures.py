"""Pictures for everybody: made anew of what was handed in, and who gets what. The original is never public."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Attachment, Picture, PublicCase
from papers.pictures import Copy, NoPicture, remade

#: Points across of the two copies; a narrower picture is not made wider.
WIDE, SMALL = 1600, 640
CONTENT_TYPE = "image/webp"
#: Where they lie, beside the private files and as little served.
FOLDER = "public"


def made_of(public: PublicCase, attachment: Attachment, *, at: datetime) -> Picture:
    """The public picture of an attachment; made once, however often it is asked for. Raises NoPicture.

    Reading and writing it takes a second, so that no transaction is open meanwhile.
    """
    standing = public.pictures.filter(made_from=attachment).first()
    if standing:
        return standing
    try:
        with attachment.file.open("rb") as stored:
            wide, small = remade(stored, (WIDE, SMALL))
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
