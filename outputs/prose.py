"""Prose as staff type it: a small part of Markdown becomes clean HTML for the page, and plain pieces for paper.

Read by the library markdown-it, which lets no HTML through, and cleaned once more by nh3. Headings are numbered and
named, and notes are counted, through all texts of one output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from outputs import blocks, references

#: What may stand in the HTML that is made; everything else is taken out.
TAGS = {"p", "h2", "h3", "ul", "ol", "li", "a", "strong", "em", "blockquote", "sup", "br", "span", "hr"}
ATTRIBUTES = {
    "*": {"id", "class", "lang", "dir"},
    "a": {"href", "aria-label", "role", "rel"},
    "ol": {"start"},
}
Link = Callable[[str], str]  #: what leads to a thing of ours, by its key; "" where it is gone


@dataclass(frozen=True)
class Heading:
    """``level`` is 2 or 3, ``number`` «2.1» or "", ``anchor`` its id on the page."""

    level: int
    number: str
    anchor: str
    words: str
    language: str = ""


@dataclass(frozen=True)
class Note:
    number: int
    html: SafeString
    words: str
    language: str = ""


@dataclass(frozen=True)
class Piece:
    """A piece of text for paper. ``mark`` stands before it: a bullet, or the number of a heading or of an item."""

    kind: Literal["heading", "paragraph", "item", "quote", "note"]
    words: str
    level: int = 1
    mark: str = ""


@dataclass
class Reader:
    """Reads one text after the other and remembers what it met; ``numbered`` gives headings numbers, ``prefix`` begins
    their ids."""

    link: Link
    numbered: bool = False
    prefix: str = "s-"
    headings: list[Heading] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=lambda: [0, 0])
    _namesakes: dict[str, int] = field(default_factory=dict)

    def read(self, text: str, language: str = "") -> tuple[SafeString, list[Piece]]:
        """The HTML of a text and its pieces; its headings and notes are remembered with its ``language``."""
        env: dict[str, Any] = {}
        tokens = _markdown().parse(text, env)
        body, notes = _apart(tokens)
        first = len(self.notes)
        self._name_headings(body, language)
        for token in _all(tokens):
            self._mend(token, first)
            _draw_near(token.children or [])
        html = _rendered(body)
        pieces = list(_pieces(body))
        for number, inside in enumerate(notes, first + 1):
            words = " ".join(piece.words for piece in _pieces(inside))
            self.notes.append(Note(number, _rendered(_one_line(inside)), words, language))
        return html, pieces

    def _name_headings(self, body: list[Token], language: str) -> None:
        taken = {heading.anchor for heading in self.headings}
        for at, token in enumerate(body):
            if token.type not in ("heading_open", "heading_close"):
                continue
            if token.level:  # inside of a list or quotation it is none
                token.tag = "p"
                continue
            if token.type == "heading_close":
                token.tag = f"h{self.headings[-1].level}"
                continue
            level = 2 if int(token.tag[1]) <= 1 or not self.headings else 3
            words = _plain(body[at + 1])
            stem = f"{self.prefix}{slugify(words, allow_unicode=True) or len(self.headings) + 1}"
            anchor, n = stem, self._namesakes.get(stem, 2)
            while anchor in taken:
                anchor, n = f"{stem}-{n}", n + 1
            taken.add(anchor)
            self._namesakes[stem] = n
            self._numbers = (
                [self._numbers[0] + 1, 0] if level == 2 else [self._numbers[0], self._numbers[1] + 1]
            )
            number = ".".join(str(n) for n in self._numbers if n) if self.numbered else ""
            self.headings.append(Heading(level, number, anchor, words, language))
            token.tag, token.attrs = f"h{level}", {"id": anchor}
            token.meta["number"] = number
            if number:
                inline = body[at + 1]
                mark = Token("text", "", 0, content=f"{number} ")
                inline.children = [mark, *(inline.children or [])]

    def _mend(self, token: Token, first: int) -> None:
        """Links lead where they may, and notes are counted through."""
        if token.type == "footnote_ref":
            token.meta["number"] = first + token.meta["id"] + 1
        if token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            if key := references.key_of(href):
                token.attrs = {"href": self.link(key), "class": "cites"}
            elif href.startswith(("mailto:", "#")):
                token.attrs = {"href": href}
            elif blocks.is_web_address(href) or blocks.is_web_address(href.replace("http://", "https://", 1)):
                token.attrs = {"href": href, "rel": "noopener"}
            else:
                token.attrs = {}
            if not token.attrs.get("href"):
                token.attrs = {}


def keys_in(text: str) -> Iterator[str]:
    """The keys of what a text cites by its links, in their order."""
    for token in _all(_markdown().parse(text)):
        if token.type == "link_open" and (key := references.key_of(str(token.attrs.get("href", "")))):
            yield key


@cache
def _markdown() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "breaks": False})
    md.disable(["image", "html_block", "html_inline", "code", "fence", "backticks", "lheading"])
    md.use(footnote_plugin)
    md.add_render_rule("footnote_ref", _render_ref)
    # Our short names look like schemes that markdown-it knows nothing of; what may stand in a link we decide later.
    md.validateLink = lambda url: not url.lower().startswith(("javascript:", "vbscript:", "data:", "file:"))  # type: ignore[method-assign]
    return md


def _render_ref(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    number, again = tokens[at].meta["number"], tokens[at].meta.get("subId", 0)
    id_ = f"note-{number}-from" + (f"-{again + 1}" if again else "")
    label = escape(_("Note %(n)d") % {"n": number})
    return f'<sup class="noted"><a href="#note-{number}" id="{id_}" role="doc-noteref" aria-label="{label}">{number}</a></sup>'


def _rendered(tokens: list[Token]) -> SafeString:
    md = _markdown()
    html = md.renderer.render(tokens, md.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None
    )
    return mark_safe(clean)  # noqa: S308 -- cleaned in the line above


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _apart(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """The text, and each of its notes."""
    at = next((n for n, token in enumerate(tokens) if token.type == "footnote_block_open"), len(tokens))
    notes: list[list[Token]] = []
    for token in tokens[at:]:
        if token.type == "footnote_open":
            notes.append([])
        elif notes and token.type not in ("footnote_close", "footnote_anchor", "footnote_block_close"):
            notes[-1].append(token)
    return tokens[:at], notes


def _draw_near(children: list[Token]) -> None:
    """The sign of a note stands at the word before it, whatever blanks were typed between them."""
    for before, token in zip(children, children[1:], strict=False):
        if token.type == "footnote_ref" and before.type == "text":
            before.content = before.content.rstrip()


def _one_line(tokens: list[Token]) -> list[Token]:
    """A note of one paragraph without the paragraph around it."""
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        return [tokens[1]]
    return tokens


def _plain(inline: Token) -> str:
    """The words of a line, without marks; where a link leads elsewhere stands behind it."""
    said = []
    ends: list[str] = []
    for token in inline.children or []:
        if token.type == "text":
            said.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            said.append(" ")
        elif token.type == "footnote_ref":
            said.append(_raised(token.meta.get("number", 0)))
        elif token.type == "link_open":
            ends.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            href = ends.pop() if ends else ""
            if href.startswith(("http://", "https://")) and href.rstrip("/") not in "".join(said):
                said.append(f" ({href})")
    return " ".join("".join(said).split())


def _raised(number: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(number)) if number else ""


def _pieces(tokens: list[Token]) -> Iterator[Piece]:
    """Paragraph after paragraph, each knowing what it stands in."""
    lists: list[
        list[Any]
    ] = []  # of each list we are in: its next number, or None for bullets; whether an item has begun
    quoted, heading = 0, ""
    for token in tokens:
        if token.type == "bullet_list_open":
            lists.append([None, False])
        elif token.type == "ordered_list_open":
            lists.append([int(token.attrs.get("start", 1) or 1), False])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1][1] = True
        elif token.type in ("blockquote_open", "blockquote_close"):
            quoted += 1 if token.type == "blockquote_open" else -1
        elif token.type in ("heading_open", "heading_close"):
            heading = token.tag if token.type == "heading_open" and token.tag != "p" else ""
        elif token.type == "inline":
            words = _plain(token)
            if heading:
                yield Piece("heading", words, level=int(heading[1]))
            elif lists:
                number, first = lists[-1]
                mark = "" if not first else "•" if number is None else f"{number}."
                if first:
                    lists[-1] = [None if number is None else number + 1, False]
                yield Piece("item", words, level=len(lists), mark=mark)
            else:
                yield Piece("quote" if quoted else "paragraph", words)
