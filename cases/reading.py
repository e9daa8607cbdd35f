"""A case as text: what the check page, the receipt, the print page, the copies and the office show of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import answers
from cases.questions import BORDERS, COLUMNS, SECTIONS, Kind, label_of

#: How much of a long answer stands open before «Show the whole answer».
OPENING = 320


@dataclass(frozen=True)
class Item:
    """One answer in words. ``gap`` says what has to be mended before handing in; "" when nothing has."""

    key: str
    label: str
    text: str
    gap: str = ""
    optional: bool = True
    links: tuple[str, ...] = ()

    @cached_property
    def opening(self) -> str:
        """The first sentences of a long answer; the whole of a short one."""
        if len(self.text) <= OPENING * 1.5:
            return self.text
        cut = max(self.text.rfind(mark, 80, OPENING) for mark in (". ", "。", "؟ ", "! ", "? "))
        return self.text[: cut + 1] if cut > 0 else self.text[:OPENING].rsplit(" ", 1)[0] + " …"

    @cached_property
    def rest(self) -> str:
        """What follows the opening; "" for a short answer."""
        opening = self.opening.removesuffix(" …")
        return self.text[len(opening) :].strip() if len(opening) < len(self.text) else ""

    @property
    def anchor(self) -> str:
        """The id of the first control of this answer in its section."""
        if self.key.startswith("file."):
            return "files"
        return answers.anchor_of(self.key)


@dataclass(frozen=True)
class Chapter:
    """One section in words."""

    key: str
    title: str
    items: tuple[Item, ...] = field(default_factory=tuple)


def chapters(
    said: dict, files: list[dict], *, at: datetime | None = None, private: bool = True
) -> list[Chapter]:
    """All sections of a case in words, from its answers and files (``{"name", "size", "sha256", …}``).

    With ``at`` every item also says what has to be mended. ``private=False`` leaves out contact addresses.
    """
    found = {gap.field: gap.message for gap in answers.gaps(said, at=at)} if at else {}
    result = []
    for section in SECTIONS:
        if section.key == "jurisdictions":
            items = _jurisdictions(said, found, private=private)
        else:
            items = [
                Item(
                    question.key,
                    str(question.label),
                    answers.in_words(question, said.get(question.key)),
                    found.get(question.key, ""),
                    not question.required,
                    _links(question.kind, said.get(question.key)),
                )
                for question in section.questions
                if private or question.kind is not Kind.EMAIL
            ]
        if section.key == "materials":
            items += [_file(file) for file in files]
        result.append(Chapter(section.key, str(section.title), tuple(items)))
    return result


def _links(kind: Kind, value: str | None) -> tuple[str, ...]:
    """The addresses in an answer that may be made into links: http and https only, whatever was typed."""
    if kind not in (Kind.URL, Kind.URLS) or not value:
        return ()
    return tuple(link for link in answers.links_of(value) if answers.is_web_address(link))


def _jurisdictions(said: dict, found: dict[str, str], *, private: bool) -> list[Item]:
    items = []
    lead = said.get("jurisdictions.lead")
    rows = [row for row in answers.rows_of(said) if answers.said(row)]
    for number, row in enumerate(rows, 1):
        lines = [answers.place(row)]
        if row.get("organisation"):
            lines.append(row["organisation"])
        lines.append(_("Lead") if row["id"] == lead else _("Partner"))
        if private and row.get("contact"):
            lines.append(_("Contact, never public: %(address)s") % {"address": row["contact"]})
        prefix = f"jurisdictions.{row['id']}."
        gap = "; ".join(found[prefix + column] for column in COLUMNS if prefix + column in found)
        items.append(
            Item(f"{prefix}country", _("Jurisdiction %(n)s") % {"n": number}, "\n".join(lines), gap, False)
        )
    shown = {item.gap for item in items}
    general = [
        words for name, words in found.items() if name.startswith("jurisdictions") and words not in shown
    ]
    loose = [w for w in general if not any(w in item.gap for item in items)]
    border = answers.border_kind(rows)
    items.append(
        Item(
            "jurisdictions",
            _("Border that the case crosses"),
            label_of(BORDERS, border) if border else "",
            "; ".join(loose),
            False,
        )
    )
    return items


def _file(file: dict) -> Item:
    words = [size_in_words(file["size"])]
    if file.get("alt"):
        words.append(file["alt"])
    if file.get("sha256"):
        words.append(f"SHA-256 {file['sha256']}")
    return Item(f"file.{file.get('code', '')}", file["name"], "\n".join(words))


def size_in_words(size: int) -> str:
    """«210 KB», «1.4 MB»: as people read sizes, in units of a thousand."""
    if size < 1000:
        return ngettext("%(n)s byte", "%(n)s bytes", size) % {"n": size}
    return f"{size / 1000:,.0f} KB" if size < 999_500 else f"{size / 1_000_000:,.1f} MB"
