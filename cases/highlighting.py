"""What was searched for is marked where it stands, across accents and scripts; everything else of a text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cases import words

#: So many characters of a text are shown around what was found in it.
AROUND = 90


@dataclass(frozen=True)
class Marks:
    """Words, beginnings of words and sequences of words that are marked, all folded."""

    alone: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    sequences: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, sought: Iterable[tuple[Iterable[tuple[str, ...]], Iterable[tuple[str, ...]]]]) -> Marks:
        """From what terms look for: sequences of words, and sequences that a longer word may end."""
        alone, beginnings, sequences = set(), [], []
        for some, begin in sought:
            for sequence in some:
                if len(sequence) > 1:
                    sequences.append(sequence)
                else:
                    alone.add(sequence[0])
            beginnings += [sequence[0] for sequence in begin if len(sequence) == 1]
        return cls(frozenset(alone), tuple(beginnings), tuple(sequences))

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth looking: most texts have nothing of it, which is seen at once."""
        plain = words.plain_of(text)
        if "." in plain:  # «C.O.D.E.» is one word
            plain += plain.replace(".", "")
        return any(
            word in plain
            for word in chain(self.alone, self.beginnings, (first for first, *_ in self.sequences))
        )

    def __bool__(self) -> bool:
        return bool(self.alone or self.beginnings or self.sequences)


def places_in(text: str, marks: Marks) -> list[tuple[int, int]]:
    """Where something is to be marked, from start to end, in order; what touches is one."""
    if not marks or not marks.may_be_in(text):
        return []
    said = list(words.words_of(text))
    found = [
        (word.start, word.end)
        for word in said
        if word.folded in marks.alone or (marks.beginnings and word.folded.startswith(marks.beginnings))
    ]
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for sequence in dict.fromkeys(marks.sequences):
        by_first.setdefault(sequence[0], []).append(sequence)
    for at, word in enumerate(said) if by_first else ():
        for sequence in by_first.get(word.folded, ()):
            stands = at + len(sequence) <= len(said)
            if stands and all(said[at + n].folded == each for n, each in enumerate(sequence)):
                found.append((word.start, said[at + len(sequence) - 1].end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked(text: str, marks: Marks) -> SafeString:
    """The text as HTML, with ``<mark>`` around what was searched for."""
    return _marked(text, places_in(text, marks))


def _marked(text: str, places: list[tuple[int, int]]) -> SafeString:
    parts, at = [], 0
    for start, end in places:
        parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    parts.append(escape(text[at:]))
    return mark_safe("".join(parts))  # noqa: S308 -- each part is escaped


def snippet(texts: Iterable[str], marks: Marks) -> SafeString:
    """What stands around the first thing found in these texts, as HTML; "" where nothing is found."""
    for text in texts:
        if places := places_in(text, marks):
            start, end = places[0]
            first = 0 if start <= AROUND else _edge(text, start - AROUND, forwards=True)
            last = len(text) if end + AROUND >= len(text) else _edge(text, end + AROUND, forwards=False)
            inside = [(a - first, b - first) for a, b in places if a >= first and b <= last]
            shown = _marked(text[first:last], inside)
            before, after = "…" if first else "", "…" if last < len(text) else ""
            return mark_safe(f"{before}{shown}{after}")  # noqa: S308 -- escaped above
    return SafeString("")


def _edge(text: str, at: int, *, forwards: bool) -> int:
    """The nearest space within 20 characters, so that no word is cut; else the place itself."""
    if forwards:
        near = text.find(" ", at, at + 20)
        return near + 1 if near >= 0 else at
    near = text.rfind(" ", at - 20, at)
    return near if near >= 0 else at
