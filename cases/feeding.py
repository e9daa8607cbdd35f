"""What is new in the library, as an Atom feed (RFC 4287)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cases import citing, editions, showing
from cases.models import PublicCase
from cases.questions import SECTORS, label_of
from people.texts import FALLBACK

NEWEST = 50
#: Part of the names of entries, which stay the same even if the portal moves (RFC 4151).
TAG_YEAR = 2027


class Feed(Atom1Feed):
    """With the licence as a link, and each entry in its own language."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": editions.LICENCE_URL})

    def item_attributes(self, item: dict) -> dict[str, str]:
        return {"xml:lang": item["language"]} if item["language"] else {}


def atom(*, at: datetime) -> str:
    """The newest cases and versions. ``at`` is the time of an empty library only. Two statements."""
    shown = PublicCase.objects.on_show()
    newest = list(shown.order_by("-renewed_at", "-pk").values_list("pk", flat=True)[:NEWEST])
    cases = shown.select_related("edition").in_bulk(newest)
    with override(FALLBACK):
        own = settings.SITE_URL + reverse("cases:feed")
    feed = Feed(
        title=_("Innovation across borders: new and changed cases"),
        link=settings.SITE_URL + showing.shelf_address(),
        description=None,
        subtitle=_("Governments that work together across borders: cases as they are published and changed."),
        language=get_language(),
        author_name=citing.PUBLISHER,
        feed_url=own,
        feed_guid=f"{_tag_space()}:cases",
        feed_copyright=f"{citing.LICENCE_NAME}, {editions.LICENCE_URL}",
    )
    for pk in newest:
        _add(feed, cases[pk])
    if not newest:
        feed.latest_post_date = lambda: at  # type: ignore[method-assign]
    return feed.writeString("utf-8")


def _add(feed: Feed, public: PublicCase) -> None:
    edition = showing.edition_of(public)
    content = edition.said
    feed.add_item(
        title=citing.plain(content["title"]),
        link=showing.address_of(public),
        description=escape(citing.plain(content["short"] or content["title"])),  # read as HTML
        unique_id=f"{_tag_space()}:cases/{public.pk}",
        pubdate=public.published_at,
        updateddate=edition.published_at,
        author_name=citing.author_of(content),
        categories=[label_of(SECTORS, key) for key in content["sectors"]]
        + [citing.plain(tag) for tag in content["tags"]],
        item_copyright=citing.LICENCE_NAME,
        language="" if content["language"] == "other" else content["language"],
    )


def _tag_space() -> str:
    host = settings.SITE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
    return f"tag:{host},{TAG_YEAR}"
