"""Likely duplicates and similar cases: found by title, jurisdictions and text, in the sweep, on this machine.

A text becomes the set of all its sequences of three words, each a hash; the 128 smallest hashes are a fair sample of
the set, so two samples tell which part of two texts is the same. Sixteen of them, and a few from titles and tags,
stand in a table (``Shingle``): cases that share one are compared, and no others. A hash that fifty cases have tells
nothing more, so no fifty-first is written: what a new case costs does not grow with the number of cases.

Scripts without spaces (Chinese, Japanese, Thai …) count overlapping pairs of characters as words; accents, vowel
signs and capitals make no difference in any script.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest

from django.db import transaction
from django.utils.translation import gettext as _

from cases import answers
from cases.models import Submission
from cases.questions import QUESTIONS, lang_of
from reviews.models import Dossier, Fingerprint, Likeness, Shingle

#: From this score on a mark says «likely duplicate»; below the second one nothing is kept.
DUPLICATE_FROM = 50
SIMILAR_FROM = 20
#: So many others are kept for each case.
KEPT = 5
#: How often a case is held anew because others were finding it just then.
TRIES = 8
#: Hashes in the sample of a text, and how many of them (and of titles and tags) a case is found by.
SAMPLE = 128
FOUND_BY_TEXT, FOUND_BY_PAIRS, FOUND_BY_WORDS, FOUND_BY_TAGS = 16, 8, 8, 6
#: So many cases are found by one hash, and so many of those that share the rarest are compared.
MOST_FOUND, MOST_COMPARED = 50, 30
#: Cases in one sweep; the next one goes on.
BATCH = 200

_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])[^\W_])+)")


# -- Words of any script -------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """The words of a text without capitals, accents and vowel signs; pairs of characters where no space parts words."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    if not plain.isascii():
        plain = "".join(sign for sign in plain if not unicodedata.category(sign).startswith("M"))
        plain = plain.replace("\u0640", "")  # stretches an Arabic word, and is no letter
    words = []
    for run, word in _RUNS.findall(plain):
        words += [word] if word else [run[at : at + 2] for at in range(max(1, len(run) - 1))]
    return words


def sequences_of(words: list[str], length: int) -> Iterator[str]:
    """All sequences of so many words; the whole where there are fewer."""
    for at in range(max(1, len(words) - length + 1) if words else 0):
        yield " ".join(words[at : at + length])


def hash_of(words: str) -> int:
    """The same on every machine and in every process; fits a signed column of 64 bits."""
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big") >> 1


# -- What is kept of a case ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traits:
    """A case as it is compared: parts of its titles, its jurisdictions, a sample of its text; and how it is found."""

    titles: list[list[str]]
    places: list[str]
    sample: list[int]
    found_by: frozenset[int] = frozenset()


def traits_of(submission: Submission) -> Traits:
    said = submission.answers
    titles = [words for key in ("title", "title_english") if (words := words_of(said.get(key) or ""))]
    texts = (words_of(said.get(key) or "") for key, question in QUESTIONS.items() if question.is_long)
    sample = nsmallest(SAMPLE, {hash_of(each) for words in texts for each in sequences_of(words, 3)})
    pairs = {hash_of(f"pair {each}") for words in titles for each in sequences_of(words, 2)}
    single = {hash_of(f"word {word}") for words in titles for word in words if len(word) > 3}
    tags = {hash_of(f"tag {' '.join(words_of(tag))}") for tag in answers.tags_of(said.get("tags") or "")}
    return Traits(
        titles=[sorted(parts_of(words)) for words in titles],
        places=sorted(
            {
                f"{country} {level} {' '.join(words_of(name))}"
                for country, level, name in map(answers.identity, answers.rows_of(said))
                if country and level
            }
        ),
        sample=sample,
        found_by=frozenset(
            [
                *sample[:FOUND_BY_TEXT],
                *nsmallest(FOUND_BY_PAIRS, pairs),
                *nsmallest(FOUND_BY_WORDS, single),
                *nsmallest(FOUND_BY_TAGS, tags),
            ]
        ),
    )


def parts_of(title: list[str]) -> set[str]:
    """Pieces of three letters, so that «rivers» is nearly «river»; short words as they are."""
    return {
        piece for word in title for piece in ([word] if len(word) < 3 else sequences_of_letters(f" {word} "))
    }


def sequences_of_letters(word: str) -> Iterator[str]:
    return (word[at : at + 3] for at in range(len(word) - 2))


# -- How like two cases are ----------------------------------------------------------------------------------------


def likeness_of(one: Traits | Fingerprint, other: Traits | Fingerprint) -> Likeness:
    """Two cases compared, as a row that names neither yet.

    Together: 30 points for the title, 20 for the jurisdictions, 50 for the text. What chance gives (a third of the
    letters of a title, a tenth of a text) counts for nothing, and half of a text the same for as much as all of it.
    """
    title = max((_percent_of_titles(a, b) for a in one.titles for b in other.titles), default=0)
    same, all_ = len({*one.places} & {*other.places}), len({*one.places} | {*other.places})
    places = round(100 * same / all_) if all_ else 0
    text = _percent_of_samples(one.sample, other.sample)
    score = round(30 * _part(title, 30, 100) + 20 * _part(places, 0, 100) + 50 * _part(text, 10, 50))
    return Likeness(title=title, places=places, text=text, score=score, same_places=same, all_places=all_)


def _part(percent: int, nothing: int, everything: int) -> float:
    """0 up to ``nothing`` percent, 1 from ``everything`` on, and evenly between them."""
    return min(1.0, max(0.0, (percent - nothing) / (everything - nothing)))


def _percent_of_titles(one: list[str], other: list[str]) -> int:
    a, b = {*one}, {*other}
    return round(200 * len(a & b) / (len(a) + len(b)))


def _percent_of_samples(one: list[int], other: list[int]) -> int:
    a, b = {*one}, {*other}
    smallest = nsmallest(SAMPLE, a | b)
    return round(100 * len(a & b & {*smallest}) / len(smallest)) if smallest else 0


# -- The sweep -----------------------------------------------------------------------------------------------------


def compare_new() -> int:
    """Look for likenesses of each case that is new, came back or was withdrawn. Returns how many it looked at.

    Safe to repeat and to run twice at once; two small transactions for each case.
    """
    waiting = Dossier.objects.filter(to_compare=True).order_by("pk").values_list("pk", flat=True)[:BATCH]
    return sum(compare(pk) for pk in list(waiting))


def compare(pk: int) -> bool:
    """Write down how this case is found, then what it is like: apart, so that of two new cases that are compared at
    the same moment at least one sees the other."""
    dossier = Dossier.objects.select_related("submission").get(pk=pk)
    out = dossier.step == Dossier.Step.OUT
    traits = None if out else traits_of(dossier.submission)
    with transaction.atomic():
        _write_down(dossier, traits)
    found = {} if traits is None else _found(dossier, traits)
    for _try in range(TRIES):
        with transaction.atomic():
            linked = _link(dossier, traits, found)
        if linked is not None:
            return linked
    return False  # it stays marked, and the next sweep looks at it again


def _write_down(dossier: Dossier, traits: Traits | None) -> None:
    Dossier.objects.locked().only("pk").get(pk=dossier.pk)
    dossier.shingles.all().delete()
    if traits is None:
        Fingerprint.objects.filter(dossier=dossier).delete()
        return
    kept = {"titles": traits.titles, "places": traits.places, "sample": traits.sample}
    Fingerprint.objects.update_or_create(dossier=dossier, defaults=kept)
    bearers = _bearers(traits)
    Shingle.objects.bulk_create(
        Shingle(dossier=dossier, value=value)
        for value in sorted(traits.found_by)
        if len(bearers[value]) < MOST_FOUND
    )


def _bearers(traits: Traits) -> dict[int, list[int]]:
    """Which cases have each of these hashes: fifty at most for each, by the way they are written."""
    bearers: dict[int, list[int]] = defaultdict(list)
    for value, pk in Shingle.objects.filter(value__in=traits.found_by).values_list("value", "dossier_id"):
        bearers[value].append(pk)
    return bearers


def _found(dossier: Dossier, traits: Traits) -> dict[int, Likeness]:
    """The cases that are like this one, by their keys."""
    weight: dict[int, float] = defaultdict(float)
    for pks in _bearers(traits).values():
        for pk in pks:
            weight[pk] += 1 / len(pks)
    weight.pop(dossier.pk, None)
    rarest = sorted(weight, key=lambda pk: (-weight[pk], pk))[:MOST_COMPARED]
    return _like_among(rarest, traits)


def _like_among(keys: Iterable[int], traits: Traits) -> dict[int, Likeness]:
    others = Fingerprint.objects.filter(dossier__in=keys)
    found = {other.dossier_id: likeness_of(traits, other) for other in others}
    return {pk: likeness for pk, likeness in found.items() if likeness.score >= SIMILAR_FROM}


def _link(dossier: Dossier, traits: Traits | None, found: dict[int, Likeness]) -> bool | None:
    """Keep the likest five of this case, and put it among the likest five of the others; False when it moved on.

    None when another case found this one after it was looked for and before it was held: then it is held too, at the
    next try. One that did so a little earlier is looked at here, so that no pair is lost that one of the two has seen.
    """
    before = Likeness.objects.filter(other=dossier).values_list("dossier_id", flat=True)
    touched = {dossier.pk, *found, *before}
    locked = {
        each.pk: each
        for each in Dossier.objects.locked()
        .filter(pk__in=touched)
        .order_by("pk")
        .only("submission", "step", "likely_duplicate")
    }
    now = locked[dossier.pk]
    if (now.submission_id, now.step) != (dossier.submission_id, dossier.step):
        return False
    finders = set(Likeness.objects.filter(other=dossier).values_list("dossier_id", flat=True))
    if finders - locked.keys():
        return None
    if traits is not None:
        found = found | _like_among(finders - found.keys(), traits)
    kept: dict[int, list[Likeness]] = defaultdict(list)
    for row in Likeness.objects.filter(dossier__in=touched - {dossier.pk}).exclude(other=dossier):
        kept[row.dossier_id].append(row)
    there = {row.pk for rows in kept.values() for row in rows}
    for pk, likeness in found.items():
        if pk in locked:
            kept[dossier.pk].append(_row(dossier.pk, pk, likeness))
            kept[pk].append(_row(pk, dossier.pk, likeness))
    for pk, rows in kept.items():
        kept[pk] = sorted(rows, key=lambda row: (-row.score, row.other_id))[:KEPT]
    rows = [row for likest in kept.values() for row in likest]
    ours = Likeness.objects.filter(dossier=dossier) | Likeness.objects.filter(other=dossier)
    ours.delete()
    if gone := there - {row.pk for row in rows}:
        Likeness.objects.filter(pk__in=gone).delete()
    Likeness.objects.bulk_create(row for row in rows if row.pk is None)
    _mark(locked.values(), kept)
    Dossier.objects.filter(pk=dossier.pk).update(to_compare=False)
    return True


def _row(dossier: int, other: int, likeness: Likeness) -> Likeness:
    names = ("title", "places", "text", "score", "same_places", "all_places")
    return Likeness(dossier_id=dossier, other_id=other, **{name: getattr(likeness, name) for name in names})


def _mark(dossiers: Iterable[Dossier], kept: dict[int, list[Likeness]]) -> None:
    for marked in (True, False):
        changed = [
            each.pk
            for each in dossiers
            if each.likely_duplicate is not marked and _is_duplicate(kept[each.pk]) is marked
        ]
        if changed:
            Dossier.objects.filter(pk__in=changed).update(likely_duplicate=marked)


def _is_duplicate(rows: list[Likeness]) -> bool:
    return any(row.score >= DUPLICATE_FROM for row in rows)


# -- In words ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alike:
    """Another case and why it is like this one, for people. ``lang`` is "" where nobody told the language."""

    pk: int
    reference: str
    title: str
    lang: str
    score: int
    is_likely_duplicate: bool
    reasons: str


def alike(dossier: Dossier) -> list[Alike]:
    """The cases that are most like this one, likest first: one statement."""
    rows = dossier.likenesses.select_related("other__case", "other__submission").only(
        *("title", "places", "text", "score", "same_places", "all_places", "dossier"),
        *("other__case__reference", "other__submission__title", "other__submission__language"),
    )
    return [
        Alike(
            pk=row.other_id,
            reference=row.other.case.reference or "",
            title=row.other.submission.title,
            lang=lang_of(row.other.submission.language),
            score=row.score,
            is_likely_duplicate=row.score >= DUPLICATE_FROM,
            reasons=reasons_of(row),
        )
        for row in rows.order_by("-score", "other")
    ]


def reasons_of(likeness: Likeness) -> str:
    """«same title, 2 of 3 jurisdictions the same, text half the same»."""
    reasons = [
        _step(
            likeness.title,
            (100, _("same title")),
            (75, _("nearly the same title")),
            (40, _("similar title")),
        )
    ]
    if likeness.same_places and likeness.same_places == likeness.all_places:
        reasons.append(_("same jurisdictions"))
    elif likeness.same_places:
        counts = {"same": likeness.same_places, "all": likeness.all_places}
        reasons.append(_("%(same)s of %(all)s jurisdictions the same") % counts)
    reasons.append(
        _step(
            likeness.text,
            (98, _("same text")),
            (65, _("text mostly the same")),
            (40, _("text half the same")),
            (15, _("a part of the text the same")),
            (3, _("some phrases the same")),
        )
    )
    return ", ".join(reason for reason in reasons if reason) or _("some words of title or tags the same")


def _step(percent: int, *steps: tuple[int, str]) -> str:
    return next((words for from_, words in steps if percent >= from_), "")
