"""A case comes out: its public version is begun from what was handed in, and each edition is written once.

``at`` is the instant at which the request arrived. Locks: call, case, public version, shelf.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain, count

from django.db import transaction

from cases import editions
from cases.models import Case, Edition, Picture, PublicCase
from cases.models.submission import canonical, digest_of
from cases.shelving import shelve
from people.models import User


def begin(case: Case, *, at: datetime) -> PublicCase:
    """The public version of a case, begun from its latest submission; the one that is there already, if any."""
    content = editions.content_from(case.latest.answers, reference=case.reference)
    public, _made = PublicCase.objects.get_or_create(
        case=case,
        defaults={
            "call": case.call,
            "slug": free_slug(content, fallback=case.reference),
            "made_from": case.latest,
            "draft": content,
            "begun_at": at,
        },
    )
    return public


def free_slug(content: dict, *, fallback: str) -> str:
    """The address of a new public case: its title in Latin letters, with a number where that is taken."""
    wanted = editions.slug_of(content["title"], content["title_english"]) or editions.slug_of(fallback)
    taken = set(PublicCase.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    names: Iterable[str] = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


@transaction.atomic
def bring_out(
    public: PublicCase, content: dict, *, at: datetime, by: User | None = None, note: str = ""
) -> Edition:
    """Write the next edition and put it on the shelf. Every way of publishing ends here; who may, and whether the author
    has agreed, is decided before. Raises ValueError for content that is not public (see ``editions.checked``)."""
    content = editions.checked(content)
    public = PublicCase.objects.locked().select_related("call", "edition").get(pk=public.pk)
    text = canonical(content)
    edition = Edition.objects.create(
        public_case=public,
        number=public.edition.number + 1 if public.edition else 1,
        published_at=at,
        published_by=by,
        note=note,
        content=text,
        digest=digest_of(text),
    )
    public.edition = edition
    public.draft = content
    public.draft_version += 1
    public.state = PublicCase.State.PUBLISHED
    public.published_at = public.published_at or at
    public.renewed_at = at
    public.confirmed_at = at if content["agreed_at"] else public.confirmed_at
    public.left_at, public.left_because = None, ""
    public.save()
    shelve(public)
    return edition


def pictures_of(public: PublicCase) -> dict[str, Picture]:
    return {picture.code: picture for picture in public.pictures.all()}
