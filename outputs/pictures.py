"""Pictures come in: looked at by the gate for files, then made anew as WebP, so that nothing a camera wrote is left."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.attachments import Refused, inspect
from outputs.models import Output, Picture
from papers.pictures import NoPicture, remade

#: Widths in pixels: for wide screens, and for phones. No WebP is higher than 16,383, and no page wants one.
LARGE, SMALL = 1600, 800
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
    try:
        large, small = remade(upload, (LARGE, SMALL))
    except NoPicture as error:
        raise Refused("no-picture", str(error)) from error
    picture = Picture(output=output, width=large.width, height=large.height, sha256=found.sha256, added_at=at)
    picture.large.save(f"outputs/{picture.code}-{LARGE}.webp", ContentFile(large.body), save=False)
    picture.small.save(f"outputs/{picture.code}-{SMALL}.webp", ContentFile(small.body), save=False)
    try:
        with transaction.atomic():
            picture.save()
    except IntegrityError:  # somebody else added it in the same moment
        for file in (picture.large, picture.small):
            file.delete(save=False)
        return output.pictures.get(sha256=found.sha256)
    return picture


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
