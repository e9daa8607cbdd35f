"""What an output is made of, as data: the facts at its head, and its blocks. Forms, gaps, pages and diffs read this.

What is typed is kept as typed, right or wrong; ``gaps`` says what to mend before it can be published, and is the only
one who says it. Words are ``{language: words}``; readers get theirs, or those of the language that is stated.
"""

from __future__ import annotations

import enum
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.questions import CASE_LANGUAGES
from outputs import references
from people.models import zone_named
from people.typing_in import instant_in

Words = str | Promise

#: Blocks of one output: more cannot be sent in one form.
MOST_BLOCKS = 60
#: Characters that are kept of one box, however many are typed.
MOST_KEPT = 100_000
MOST_WORDS = 2_000
MOST_PROSE = 40_000
MOST_LINE = 300

_CODE = re.compile(r"[\w-]{0,32}", re.ASCII)
#: Signs that no page, calendar or database can hold.
_UNHELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

#: Where a link to a video or recording may lead, besides what ends in one of these.
VIDEO_HOSTS = (
    "youtube.com",
    "youtu.be",
    "youtube-nocookie.com",
    "vimeo.com",
    "dailymotion.com",
    "webtv.un.org",
    "oecd.org",
    "oecd-opsi.org",
    "oecdtv.webtv-solution.com",
)


class Kind(enum.Enum):
    WORDS = "words"  # a few words or lines, in each language
    PROSE = "prose"  # paragraphs, headings, lists, links and footnotes, in each language
    LINE = "line"  # the same in every language
    WEB = "web"  # https://…
    VIDEO = "video"  # https://… at one of VIDEO_HOSTS
    CHOICE = "choice"
    TICK = "tick"
    PICTURE = "picture"  # the code of a picture
    REFERENCE = "reference"  # the key of something of ours
    MOMENT = "moment"  # day and time on the clocks of a zone, «2027-06-10T15:00»
    ZONE = "zone"


#: Kinds whose value is words by language.
SPOKEN = (Kind.WORDS, Kind.PROSE)


@dataclass(frozen=True)
class Field:
    key: str
    label: Words
    kind: Kind
    required: bool = False
    rows: int = 1
    hint: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    #: kinds of reference that are taken
    names: tuple[str, ...] = ()

    @property
    def is_spoken(self) -> bool:
        return self.kind in SPOKEN

    @property
    def empty(self) -> Any:
        return {} if self.is_spoken else False if self.kind is Kind.TICK else ""

    @property
    def most(self) -> int:
        return {Kind.WORDS: MOST_WORDS, Kind.PROSE: MOST_PROSE}.get(self.kind, MOST_LINE)


_MARKS = gettext_lazy(
    "An empty line begins a paragraph. # Section, ## subsection, - list, 1. list, **bold**, *italic*, "
    "[words](https://…), a footnote as ^[words of the note]. A link to a page of this site cites it."
)

LANGUAGES = tuple((code, name) for code, name in CASE_LANGUAGES if code != "other")

HEAD = (
    Field("language", gettext_lazy("written in"), Kind.CHOICE, required=True, choices=LANGUAGES),
    Field("title", gettext_lazy("title"), Kind.WORDS, required=True),
    Field(
        "short",
        gettext_lazy("in short"),
        Kind.WORDS,
        required=True,
        rows=3,
        hint=gettext_lazy("One or two sentences. They stand in lists, and where somebody shares the page."),
    ),
    Field(
        "by",
        gettext_lazy("written by"),
        Kind.LINE,
        hint=gettext_lazy(
            "Stands on the page and in the citation. Several names with a semicolon between them."
        ),
    ),
)
OF_A_DIALOGUE = (
    Field("starts", gettext_lazy("starts at"), Kind.MOMENT, required=True),
    Field("ends", gettext_lazy("ends at"), Kind.MOMENT, required=True),
    Field(
        "zone",
        gettext_lazy("time zone"),
        Kind.ZONE,
        required=True,
        hint=gettext_lazy("For example Europe/Paris"),
    ),
    Field("spoken", gettext_lazy("language spoken"), Kind.LINE),
    Field(
        "speakers",
        gettext_lazy("speakers"),
        Kind.WORDS,
        rows=5,
        hint=gettext_lazy("One a line: the name, a comma, and who that is."),
    ),
    Field(
        "register",
        gettext_lazy("where to register"),
        Kind.WEB,
        hint=gettext_lazy("An address that begins with https://. Shown until the end."),
    ),
    Field(
        "recording",
        gettext_lazy("recording"),
        Kind.VIDEO,
        hint=gettext_lazy(
            "An address that begins with https://. Nothing of it is loaded before somebody opens it."
        ),
    ),
    Field("transcript", gettext_lazy("transcript"), Kind.PROSE, rows=10, hint=_MARKS),
)

#: What figures can count by: the kind of facet, and its name.
COUNTED = (
    ("sector", gettext_lazy("sector")),
    ("mechanism", gettext_lazy("mechanism")),
    ("level", gettext_lazy("level of government")),
    ("year", gettext_lazy("year in which it began")),
    ("country", gettext_lazy("country")),
    ("stage", gettext_lazy("stage")),
    ("instrument", gettext_lazy("instrument")),
    ("border", gettext_lazy("kind of border")),
)


@dataclass(frozen=True)
class BlockKind:
    key: str
    name: Words
    fields: tuple[Field, ...]


BLOCKS = {
    kind.key: kind
    for kind in (
        BlockKind(
            "text",
            pgettext_lazy("block", "Text"),
            (Field("text", gettext_lazy("text"), Kind.PROSE, required=True, rows=12, hint=_MARKS),),
        ),
        BlockKind(
            "picture",
            pgettext_lazy("block", "Picture"),
            (
                Field(
                    "picture",
                    gettext_lazy("picture"),
                    Kind.PICTURE,
                    required=True,
                    hint=gettext_lazy(
                        "JPG or PNG, 20 MB at most. It is made anew, without what a camera writes into it."
                    ),
                ),
                Field(
                    "alt",
                    gettext_lazy("what is to be seen"),
                    Kind.WORDS,
                    hint=gettext_lazy(
                        "For people who do not see it. Leave it empty only if it is decoration."
                    ),
                ),
                Field("decoration", gettext_lazy("it is decoration and tells nothing"), Kind.TICK),
                Field("caption", gettext_lazy("caption"), Kind.WORDS, rows=2),
                Field(
                    "credit",
                    gettext_lazy("credit"),
                    Kind.LINE,
                    hint=gettext_lazy("Who made it, and its licence"),
                ),
            ),
        ),
        BlockKind(
            "quotation",
            pgettext_lazy("block", "Quotation"),
            (
                Field("words", gettext_lazy("their words"), Kind.WORDS, required=True, rows=3),
                Field("who", gettext_lazy("who said it"), Kind.WORDS, required=True),
            ),
        ),
        BlockKind(
            "figure",
            pgettext_lazy("block", "Figure from the library"),
            (
                Field("by", gettext_lazy("count cases by"), Kind.CHOICE, required=True, choices=COUNTED),
                Field("caption", gettext_lazy("caption"), Kind.WORDS, rows=2),
            ),
        ),
        BlockKind(
            "case",
            pgettext_lazy("block", "Case"),
            (
                Field(
                    "case",
                    gettext_lazy("case"),
                    Kind.REFERENCE,
                    required=True,
                    names=("case",),
                    hint=gettext_lazy("The address of its page in the library"),
                ),
                Field("words", gettext_lazy("why it is cited here"), Kind.WORDS, rows=2),
            ),
        ),
        BlockKind(
            "result",
            pgettext_lazy("block", "Result of a workshop"),
            (
                Field(
                    "result",
                    gettext_lazy("result"),
                    Kind.REFERENCE,
                    required=True,
                    names=("result",),
                    hint=gettext_lazy(
                        "The address of the result on the page of its workshop; it ends in #result-…"
                    ),
                ),
                Field("words", gettext_lazy("why it is cited here"), Kind.WORDS, rows=2),
            ),
        ),
        BlockKind(
            "output",
            pgettext_lazy("block", "Report, story or dialogue"),
            (
                Field(
                    "output",
                    gettext_lazy("report, story or dialogue"),
                    Kind.REFERENCE,
                    required=True,
                    names=tuple(references.FOLDERS),
                    hint=gettext_lazy("The address of its page"),
                ),
                Field("words", gettext_lazy("why it is cited here"), Kind.WORDS, rows=2),
            ),
        ),
        BlockKind(
            "video",
            pgettext_lazy("block", "Link to a video"),
            (
                Field(
                    "video",
                    gettext_lazy("address of the video"),
                    Kind.VIDEO,
                    required=True,
                    hint=gettext_lazy(
                        "It begins with https://. Nothing of it is loaded before somebody opens it."
                    ),
                ),
                Field("title", gettext_lazy("what it shows"), Kind.WORDS, required=True),
            ),
        ),
    )
}


def head_of(kind: str) -> tuple[Field, ...]:
    return (*HEAD, *OF_A_DIALOGUE) if kind == "dialogue" else HEAD


def languages_of(content: Mapping) -> list[tuple[str, str]]:
    """The languages that an output has boxes for: the one that is stated, then those of the portal."""
    names = {code: str(name) for code, name in (*LANGUAGES, *settings.LANGUAGES)}
    codes = dict.fromkeys([content.get("language") or settings.LANGUAGE_CODE, *dict(settings.LANGUAGES)])
    return [(code, names.get(code, code)) for code in codes]


def new_content(kind: str, *, language: str, title: str) -> dict:
    content = {field.key: field.empty for field in head_of(kind)}
    content |= {"language": language, "title": {language: title}, "blocks": []}
    return content | ({"zone": "Europe/Paris"} if kind == "dialogue" else {})


def new_block(type_: str) -> dict:
    return {"id": secrets.token_hex(4), "type": type_, **{f.key: f.empty for f in BLOCKS[type_].fields}}


def said_in(value: Mapping[str, str] | None, language: str, stated: str) -> tuple[str, str]:
    """The words in ``language``, else in the language that is stated, else in any; and which language that is."""
    value = value or {}
    for wanted in (language, language.split("-")[0], stated):
        if value.get(wanted):
            return value[wanted], wanted
    return next(((words, code) for code, words in value.items() if words), ("", language))


# -- What is still to mend -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """``anchor`` is the id of the control in the form."""

    anchor: str
    words: str


def name_of(block: str, field: str, language: str = "") -> str:
    """The name of a control; its id is the same."""
    return ".".join(part for part in ("b" if block else "h", block, field, language) if part)


def gaps(content: Mapping, kind: str) -> list[Gap]:
    """What is missing or wrong in itself, in the order of the form. Whether what is cited is there is asked elsewhere."""
    stated = content.get("language") or settings.LANGUAGE_CODE
    found = [gap for field in head_of(kind) for gap in _gaps_in(field, content.get(field.key), "", stated)]
    if kind == "dialogue" and not found:
        starts_at, ends_at = times_of(content)
        jumped = _("On this day clocks there jump over this time. Choose another one.")
        found += [
            Gap(name_of("", key), jumped)
            for key, instant in (("starts", starts_at), ("ends", ends_at))
            if instant is None
        ]
        if starts_at and ends_at and ends_at <= starts_at:
            found.append(Gap(name_of("", "ends"), _("The end has to be later than the beginning.")))
    blocks = content.get("blocks", [])
    for number, block in enumerate(blocks, 1):
        inside = [
            gap
            for field in BLOCKS[block["type"]].fields
            for gap in _gaps_in(field, block.get(field.key), block["id"], stated)
        ]
        if (
            block["type"] == "picture"
            and not block.get("decoration")
            and not (block.get("alt") or {}).get(stated)
        ):
            words = _("Say what is to be seen, or that it is decoration.")
            inside.append(Gap(name_of(block["id"], "alt", stated), words))
        about = f"{number}. {BLOCKS[block['type']].name}"
        found += [Gap(gap.anchor, f"{about}: {gap.words}") for gap in inside]
    if not blocks:
        found.append(Gap("add", _("Nothing is written yet: add a block.")))
    return found


def _gaps_in(field: Field, value: Any, block: str, stated: str) -> Iterator[Gap]:
    anchor = name_of(block, field.key, stated if field.is_spoken else "")
    label = str(field.label)
    if not (value or {}).get(stated) if field.is_spoken else not value:
        if field.required:
            yield Gap(anchor, _("“%(label)s” is missing.") % {"label": label})
        return
    for code, words in value.items() if field.is_spoken else [("", str(value))]:
        if len(words) > field.most:
            said = {"label": label, "most": f"{field.most:,}"}
            yield Gap(
                name_of(block, field.key, code), _("“%(label)s” has more than %(most)s characters.") % said
            )
    if words := _wrong_with(field, value):
        yield Gap(anchor, words)


def _wrong_with(field: Field, value: Any) -> str:
    if field.kind in (Kind.WEB, Kind.VIDEO) and not is_web_address(value):
        return _("Enter an address that begins with https://")
    if field.kind is Kind.VIDEO and not is_video(value):
        return _("Videos can be at: %(hosts)s") % {"hosts": ", ".join(VIDEO_HOSTS)}
    if field.kind is Kind.CHOICE and value not in dict(field.choices):
        return _("Choose one of the list.")
    if field.kind is Kind.REFERENCE and references.kind_of(value) not in field.names:
        return _("This is no address of the kind that is meant here.")
    if field.kind is Kind.ZONE and ("/" not in value or zone_named(value) is None):
        return _("Enter a region and a city, such as Europe/Paris.")
    if field.kind is Kind.MOMENT and local_time(value) is None:
        return _("Enter a day and a time.")
    return ""


def is_web_address(address: str) -> bool:
    """Whether it is an address that a link may lead to: https, a host with a dot, and nothing that breaks a line."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return False
    bad = any(sign.isspace() or not sign.isprintable() or sign in "\"'<>\\`" for sign in address)
    return parts.scheme == "https" and "." in host.strip(".") and "@" not in parts.netloc and not bad


def is_video(address: str) -> bool:
    host = (urlsplit(address).hostname or "").lower()
    return any(host == known or host.endswith(f".{known}") for known in VIDEO_HOSTS)


def local_time(typed: str) -> datetime | None:
    """A day and a time as a clock shows them (naive), or None."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.tzinfo is None and 2000 <= found.year < 2200 else None


def times_of(content: Mapping) -> tuple[datetime | None, datetime | None]:
    """Beginning and end of a dialogue as instants (UTC); None for what clocks in its zone never show."""
    zone = zone_named(content.get("zone") or "")
    return tuple(_instant(content.get(key) or "", zone) for key in ("starts", "ends"))  # type: ignore[return-value]


def _instant(typed: str, zone: ZoneInfo | None) -> datetime | None:
    local = local_time(typed)
    if local is None or zone is None:
        return None
    try:
        return instant_in(local, zone)
    except ValidationError:
        return None


# -- What a form sent ------------------------------------------------------------------------------------------------


def read(sent: Any, kind: str, content: Mapping) -> dict:
    """The content as a form (QueryDict) has it, in its order; what has no box in the form stays. A block that somebody
    else has removed meanwhile comes back."""
    codes = [code for code, _name in languages_of(content)]
    known = {block["id"]: block for block in content.get("blocks", [])}
    said: dict[str, Any] = {
        field.key: _value(sent, field, "", codes, content.get(field.key)) for field in head_of(kind)
    }
    said["blocks"] = []
    for id_ in list(dict.fromkeys(sent.getlist("block")))[:MOST_BLOCKS]:
        type_ = sent.get(name_of(id_, "type"), "")
        if type_ not in BLOCKS or not (id_.isascii() and id_.isalnum() and len(id_) <= 16):
            continue
        before = known.get(id_, {})
        block = {"id": id_, "type": type_}
        block |= {
            field.key: _value(sent, field, id_, codes, before.get(field.key))
            for field in BLOCKS[type_].fields
        }
        said["blocks"].append(block)
    return said


def _value(sent: Any, field: Field, block: str, codes: Iterable[str], before: Any) -> Any:
    if field.is_spoken:
        words = dict(before or {})
        for code in codes:
            name = name_of(block, field.key, code)
            if name in sent:
                words[code] = _clean(sent[name])
        return {code: text for code, text in words.items() if text}
    name = name_of(block, field.key)
    if field.kind is Kind.TICK:
        return name in sent
    typed = _clean(sent.get(name, before or ""))
    if field.kind is Kind.REFERENCE:
        return references.key_of(typed) or typed
    is_foreign = field.kind is Kind.CHOICE and typed not in dict(field.choices)
    if is_foreign or (field.kind is Kind.PICTURE and not _CODE.fullmatch(typed)):
        return before or ""  # no box of ours sends it
    return " ".join(typed.split())


def _clean(typed: str) -> str:
    """As typed, but for line ends and signs that no page can hold."""
    return _UNHELD.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))[:MOST_KEPT].strip()


def moved(content: dict, id_: str, by: int) -> dict:
    """The content with one block earlier (−1) or later (+1)."""
    blocks = list(content["blocks"])
    at = next((n for n, block in enumerate(blocks) if block["id"] == id_), None)
    if at is not None and 0 <= at + by < len(blocks):
        blocks[at], blocks[at + by] = blocks[at + by], blocks[at]
    return {**content, "blocks": blocks}


def without(content: dict, id_: str) -> dict:
    return {**content, "blocks": [block for block in content["blocks"] if block["id"] != id_]}


def with_block(content: dict, type_: str, after: str = "") -> tuple[dict, str]:
    """The content with a new block, after the one named or at the end; and its id."""
    block = new_block(type_)
    blocks = list(content["blocks"])
    at = next((n + 1 for n, each in enumerate(blocks) if each["id"] == after), len(blocks))
    return {**content, "blocks": [*blocks[:at], block, *blocks[at:]]}, block["id"]
