"""What may stand in the answers of a case, and what is still missing: plain functions over plain values.

An answer is kept as it was typed, right or wrong; these rules only say what has to be mended before the
case can be handed in. Forms, check page and hand-in all ask ``gaps``, so they never disagree.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.questions import (
    ALT,
    COLUMNS,
    FEWEST_JURISDICTIONS,
    MOST_JURISDICTIONS,
    MOST_KEPT,
    QUESTIONS,
    SECTION_OF,
    SECTIONS,
    Kind,
    Question,
    Section,
    label_of,
)
from people.places import LEVELS, countries_in, country_name

#: Word's private bullets and vertical tabs, and other signs that no font shows; each becomes one sign, so
#: that browser and server count alike.
_READABLE = dict.fromkeys(range(1, 32), " ") | {9: "\t", 10: "\n", 11: "\n", 12: "\n", 13: "\n", 127: " "}
_READABLE |= {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF0E0: "→", 0x2028: "\n", 0x2029: "\n"}

FEWEST_TAGS = 3
MOST_LINKS = 10
FIRST_YEAR = 1900
ROW_ID = re.compile(r"[a-z0-9]{4,12}")


class Unreadable(ValueError):
    """An answer that cannot be kept: its one argument is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Gap:
    """Something to mend before handing in: in which section, at which field, in words."""

    section: str
    field: str
    message: str


# -- Reading one answer ----------------------------------------------------------------------------------------


def readable(text: str) -> str:
    """The text as it is kept and counted: CRLF is one sign, pasted bullets are bullets. Raises Unreadable."""
    if "\0" in text:
        raise Unreadable(_("This answer holds a sign (NUL) that cannot be stored. Please type it again."))
    text = text.replace("\r\n", "\n").translate(_READABLE)
    if len(text) > MOST_KEPT:
        raise Unreadable(
            _("This answer has %(n)s characters; more than %(most)s cannot be kept. Please shorten it.")
            % {"n": f"{len(text):,}", "most": f"{MOST_KEPT:,}"}
        )
    return text


def length(text: str) -> int:
    """Unicode code points with CRLF counted once: the same number as ``[...text].length`` in the browser."""
    return len(text.replace("\r\n", "\n"))


def question_of(field: str) -> Question | None:
    """The question behind a field name: a plain key, or ``jurisdictions.<row>.<column>``; None for foreign ones."""
    if field in QUESTIONS:
        return QUESTIONS[field]
    part, _dot, rest = field.partition(".")
    row, _dot, column = rest.partition(".")
    if part == "jurisdictions" and column in COLUMNS and ROW_ID.fullmatch(row):
        return COLUMNS[column]
    return None


def parse(question: Question, sent: list[str]) -> Any:
    """The value to keep for what was sent under one name. Raises Unreadable for what is no answer at all."""
    last = sent[-1] if sent else ""
    if question.kind is Kind.TICK:
        return last not in ("", "0", "false")
    if question.kind is Kind.SEVERAL:
        chosen = [value for value in sent if value]
        known = [key for key, _words in question.choices]
        if not set(chosen) <= set(known):
            raise Unreadable(_("Choose from the list."))
        return [key for key in known if key in chosen]
    if question.kind in (Kind.ONE, Kind.COUNTRY):
        known = (
            {code for code, _name in countries_in("en")}
            if question.kind is Kind.COUNTRY
            else dict(question.choices)
        )
        if last and last not in known:
            raise Unreadable(_("Choose from the list."))
        return last
    return readable(last)


def is_empty(value: Any) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def token(value: Any, version: int) -> str:
    """What a page tells back about the answer it was based on: its version and a short digest of its text."""
    text = json.dumps(value, sort_keys=True) if not is_empty(value) else ""
    return f"{version}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def token_parts(base: str) -> tuple[int, str]:
    """Version and digest of a token; (-1, "") for anything that is none."""
    version, _dash, digest = base.partition("-")
    return (int(version), digest) if version.isdecimal() and len(version) < 10 else (-1, "")


# -- Rules -----------------------------------------------------------------------------------------------------


def tags_of(text: str) -> list[str]:
    """The tags in a line of words separated by commas (Latin or Arabic) or line breaks, each once."""
    seen: dict[str, str] = {}
    for tag in re.split(r"[,،;\n]", text or ""):
        if words := " ".join(tag.split()):
            seen.setdefault(words.casefold(), words)
    return list(seen.values())


def links_of(text: str) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"[\s<>\"]", text.strip())
    )


def complaint(question: Question, value: Any, *, at: datetime) -> str:
    """What is wrong with one answer, in words that say how to mend it; "" when it is right."""
    if is_empty(value):
        return missing(question) if question.required else ""
    if question.limit and isinstance(value, str) and (over := length(value) - question.limit) > 0:
        return ngettext(
            "Shorten %(name)s by %(n)s character", "Shorten %(name)s by %(n)s characters", over
        ) % {"name": question.name, "n": f"{over:,}"}
    return _RULES.get(question.kind, lambda *_: "")(question, value, at)


def missing(question: Question) -> str:
    if question.kind is Kind.TICK:
        return _("Confirm %(name)s") % {"name": question.name}
    if question.kind in (Kind.ONE, Kind.SEVERAL, Kind.COUNTRY):
        return _("Choose %(name)s") % {"name": question.name}
    return _("Enter %(name)s") % {"name": question.name}


def _web(question: Question, value: str, at: datetime) -> str:
    return "" if is_web_address(value) else _("Enter a web address that starts with https://")


def _webs(question: Question, value: str, at: datetime) -> str:
    links = links_of(value)
    if len(links) > MOST_LINKS:
        return _("Enter at most %(n)s links") % {"n": MOST_LINKS}
    wrong = next((link for link in links if not is_web_address(link)), None)
    return (
        _("Mend this link, it has to start with https://: %(link)s") % {"link": wrong[:80]} if wrong else ""
    )


def _mail(question: Question, value: str, at: datetime) -> str:
    try:
        validate_email(value.strip())
    except ValidationError:
        return _("Enter an e-mail address such as name@example.org")
    return ""


def _year(question: Question, value: str, at: datetime) -> str:
    text = value.strip()
    if re.fullmatch(r"[0-9]{4}", text) and FIRST_YEAR <= int(text) <= at.year:
        return ""
    return _("Enter a year with four digits, %(year)s at the latest") % {"year": at.year}


def _tags(question: Question, value: str, at: datetime) -> str:
    found = len(tags_of(value))
    return (
        ""
        if found >= FEWEST_TAGS
        else _("Enter at least %(n)s tags, separated by commas") % {"n": FEWEST_TAGS}
    )


_RULES = {Kind.URL: _web, Kind.URLS: _webs, Kind.EMAIL: _mail, Kind.YEAR: _year, Kind.TAGS: _tags}


# -- Jurisdictions ---------------------------------------------------------------------------------------------


def rows_of(answers: dict) -> list[dict]:
    """The jurisdictions of a case in their order, each ``{"id", "country", "level", "name", …}``."""
    return answers.get("jurisdictions") or []


def said(row: dict) -> bool:
    """Whether anything at all stands in this row; empty rows are passed over, not complained about."""
    return any(not is_empty(row.get(column, "")) for column in COLUMNS)


def identity(row: dict) -> tuple[str, str, str]:
    """What tells two jurisdictions apart. A national government needs no name: one per country."""
    country, level = row.get("country", ""), row.get("level", "")
    name = "" if level == "national" else " ".join(row.get("name", "").split()).casefold()
    return country, level, name


def different(rows: Iterable[dict]) -> int:
    return len({identity(row) for row in rows if row.get("country") and row.get("level")})


def border_kind(rows: Iterable[dict]) -> str:
    """The kind of border a case crosses, from its jurisdictions; "" while there are fewer than two.

    The European Union and international organisations count as national beside national governments.
    """
    places = {identity(row) for row in rows if row.get("country") and row.get("level")}
    if len(places) < FEWEST_JURISDICTIONS:
        return ""
    levels = {"national" if code in ("EU", "INT") else level for code, level, _name in places}
    levels = {"national" if level == "supranational" else level for level in levels}
    codes = {code for code, _level, _name in places}
    if len(codes) > 1 or codes <= {"EU", "INT"}:
        if levels == {"national"}:
            return "international-national"
        return "international-mixed" if "national" in levels else "international-subnational"
    if levels == {"local"}:
        return "within-cities"
    return "within-regions" if levels == {"regional"} else "across-levels"


def place(row: dict) -> str:
    """«Lyon, France (Local)», as people read a jurisdiction."""
    parts = [row.get("name", "").strip(), country_name(row["country"]) if row.get("country") else ""]
    words = ", ".join(part for part in parts if part) or _("Not named yet")
    return f"{words} ({label_of(LEVELS, row['level'])})" if row.get("level") else words


def jurisdiction_gaps(answers: dict, *, at: datetime) -> list[Gap]:
    rows = [row for row in rows_of(answers) if said(row)]
    gaps = []
    for number, row in enumerate(rows, 1):
        for column, question in COLUMNS.items():
            field = f"jurisdictions.{row['id']}.{column}"
            if words := complaint(question, row.get(column, ""), at=at):
                words = _("Jurisdiction %(n)s: %(what)s") % {"n": number, "what": words}
                gaps.append(Gap("jurisdictions", field, words))
            elif (
                column == "name"
                and row.get("level") in ("regional", "local")
                and is_empty(row.get("name", ""))
            ):
                words = _("Jurisdiction %(n)s: Enter the name of the place") % {"n": number}
                gaps.append(Gap("jurisdictions", field, words))
    first = f"jurisdictions.{rows_of(answers)[0]['id']}.country" if rows_of(answers) else "jurisdictions"
    if len(rows) > MOST_JURISDICTIONS:
        gaps.append(
            Gap("jurisdictions", first, _("Name at most %(n)s jurisdictions") % {"n": MOST_JURISDICTIONS})
        )
    if different(rows) < FEWEST_JURISDICTIONS and not (gaps and len(rows) >= FEWEST_JURISDICTIONS):
        gaps.append(
            Gap(
                "jurisdictions",
                first,
                _("Name at least two different jurisdictions; two cities of one country are fine"),
            )
        )
    if rows and answers.get("jurisdictions.lead") not in [row["id"] for row in rows]:
        gaps.append(Gap("jurisdictions", "jurisdictions.lead", _("Choose which jurisdiction leads")))
    return gaps


# -- Sections --------------------------------------------------------------------------------------------------


def section_gaps(section: Section, answers: dict, *, at: datetime) -> list[Gap]:
    """Everything to mend in one section, in the order of its fields."""
    if section.key == "jurisdictions":
        return jurisdiction_gaps(answers, at=at)
    found = (
        (question, complaint(question, answers.get(question.key), at=at)) for question in section.questions
    )
    return [Gap(section.key, question.key, words) for question, words in found if words]


def gaps(answers: dict, *, at: datetime) -> list[Gap]:
    """Everything to mend before this case can be handed in; empty when it is complete."""
    return [gap for section in SECTIONS for gap in section_gaps(section, answers, at=at)]


def is_begun(section: Section, answers: dict) -> bool:
    if section.key == "jurisdictions":
        return any(said(row) for row in rows_of(answers))
    return any(not is_empty(answers.get(question.key)) for question in section.questions)


def state_of(section: Section, answers: dict, *, at: datetime) -> str:
    """«none», «optional», «progress», «problem» or «complete»: the word beside a section in the task list."""
    if not is_begun(section, answers):
        return "optional" if optional(section) else "none"
    wrong = section_gaps(section, answers, at=at)
    if not wrong:
        return "complete"
    by_hand = [gap for gap in wrong if not is_empty(value_of(answers, gap.field))]
    return "problem" if by_hand else "progress"


def optional(section: Section) -> bool:
    """Whether nothing in this section has to be answered; such a section is never in the way."""
    return section.key != "jurisdictions" and not any(question.required for question in section.questions)


def section_of(field: str) -> str:
    """The section that a field belongs to; attachments' alternative texts belong to the materials."""
    if field.startswith("jurisdictions"):
        return "jurisdictions"
    return "materials" if field.startswith("alt.") else SECTION_OF.get(field, "")


def value_of(answers: dict, field: str) -> Any:
    """The value kept under a field name; None where there is none."""
    part, _dot, rest = field.partition(".")
    if part == "jurisdictions" and "." in rest:
        row_id, _dot, column = rest.partition(".")
        row = next((row for row in rows_of(answers) if row["id"] == row_id), {})
        return row.get(column)
    return answers.get(field)


def with_value(answers: dict, field: str, value: Any) -> dict:
    """The answers with one of them changed; a row of jurisdictions comes into being with its first word."""
    part, _dot, rest = field.partition(".")
    if part != "jurisdictions" or "." not in rest:
        return {**answers, field: value}
    row_id, _dot, column = rest.partition(".")
    rows = [dict(row) for row in rows_of(answers)]
    row = next((row for row in rows if row["id"] == row_id), None)
    if row is None:
        row = {"id": row_id}
        rows.append(row)
    row[column] = value
    return {**answers, "jurisdictions": rows}


def in_words(question: Question, value: Any) -> str:
    """An answer as people read it: choices by their words, lists one on each line."""
    if is_empty(value):
        return ""
    if question.kind is Kind.SEVERAL:
        return "\n".join(label_of(question.choices, key) for key in value)
    if question.kind is Kind.ONE:
        return label_of(question.choices, value)
    if question.kind is Kind.COUNTRY:
        return country_name(value)
    return _("Yes") if question.kind is Kind.TICK else str(value)


def name_of(field: str) -> str:
    """What people call a field: the words of its question; "" for a field that is no answer."""
    question = ALT if field.startswith("alt.") else question_of(field)
    return str(question.label) if question else ""


def anchor_of(name: str) -> str:
    """The id of the first control of an answer; groups of radio buttons and boxes number theirs from 0."""
    if name == "jurisdictions":
        return "jurisdictions"
    if name == "jurisdictions.lead":
        return "lead"
    question = question_of(name)
    group = question and (question.kind is Kind.SEVERAL or (question.kind is Kind.ONE and question.is_short))
    return f"id_{name}_0" if group else f"id_{name}"
