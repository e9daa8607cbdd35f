"""The library: what finding and seeing cost, with a thousand published cases and with twenty thousand.

    .venv/bin/python -m bench library [size …]      these alone, on PostgreSQL with two web processes

``shelf`` publishes made-up cases in bulk, in several languages, with texts as long as those of people; the same number
always says the same.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.utils import timezone

from bench.heap import Words
from bench.measuring import HEAD, Browser, Figures, Operation, all_together, look, one_by_one, warm
from cases import answers, editions, searching
from cases.models import Edition, PublicCase, SearchText, Shelf
from cases.models.submission import canonical, digest_of
from cases.questions import INSTRUMENTS, MECHANISMS, SECTORS, STAGES
from tests.parts.portal import Portal, PortalMaker
from tests.parts.postgres import postgres

SIZES = (1000, 20_000)
BATCH = 500
#: More cases come from some places than from others.
COUNTRIES = (  # noqa: SIM905 -- codes read as codes
    "FR DE US KE UG BR UY JP SE FI EE MA ES PT AE IN CA IT SI AT CH NL BE DK NO PL CZ SK HU RO BG GR HR IE GB EU AR CL "
    "CO MX PE ZA NG GH SN TZ RW ET EG TN JO SA ID MY SG TH VN PH KR CN AU NZ TR GE"
).split()
WEIGHTS = [1 / (rank + 4) for rank in range(len(COUNTRIES))]
LANGUAGES = ("en", "en", "en", "en", "fr", "fr", "es", "de", "pt", "ar")
ARABIC = ("ما", "نه", "ري", "حد", "ود", "تع", "ون", "خد", "مة", "بل", "سا", "كن", "فض", "ان", "مد", "ين")
TOPICS = (
    "river",
    "bus line",
    "school",
    "border clinic",
    "forest fire",
    "tax office",
    "permit",
    "energy grid",
    "port",
)
KEYS = editions.SECTION_KEYS[:9]


class Tongue(Words):
    """Words of a language of its own, so that the library knows as many words as one in several languages does."""

    def __init__(self, language: str) -> None:
        super().__init__()
        chance = random.Random(language)
        if language == "ar":
            made = ("".join(chance.choices(ARABIC, k=chance.randint(2, 4))) for _ in range(4000))
            self.known = list(dict.fromkeys(made))
        elif language != "en":
            ends = {
                "fr": ("tion", "ment", "aux"),
                "de": ("ung", "en", "keit"),
                "es": ("ción", "ado", "es"),
                "pt": ("ção", "ado", "os"),
            }
            self.known = [word + chance.choice(ends[language]) for word in self.known]
        self.weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.known))))


def content_of(number: int, tongues: dict[str, Tongue]) -> dict[str, Any]:
    chance = random.Random(number)
    language = chance.choice(LANGUAGES)
    tongue = tongues[language]
    countries = list(
        dict.fromkeys(chance.choices(COUNTRIES, WEIGHTS, k=chance.choice((2, 2, 2, 2, 3, 3, 4, 6))))
    )
    rows = [
        {
            "country": code,
            "level": chance.choice(("national", "regional", "regional", "local", "local")),
            "name": f"{tongue.text(chance, 14).rstrip('.')} {chance.randint(1, 400)}",
            "organisation": tongue.text(chance, 24).rstrip("."),
            "is_lead": place == 0,
        }
        for place, code in enumerate(countries * 2 if len(countries) == 1 else countries)
    ]
    topic = chance.choice(TOPICS)
    return editions.checked(
        {
            "title": f"{tongue.text(chance, 44).rstrip('.')} {topic} {number}",
            "title_english": "" if language == "en" else f"Shared {topic} {number}",
            "language": language,
            "short": tongue.text(chance, chance.randint(120, 420)),
            "sections": [{"key": key, "text": tongue.text(chance, chance.randint(250, 900))} for key in KEYS],
            "organisation": tongue.text(chance, 30).rstrip("."),
            "organisation_country": countries[0],
            "jurisdictions": rows,
            "border": answers.border_kind(rows),
            "sectors": chance.sample([key for key, _words in SECTORS], chance.choice((1, 1, 2))),
            "stages": chance.sample([key for key, _words in STAGES], 2),
            "mechanisms": chance.sample([key for key, _words in MECHANISMS], chance.choice((1, 2))),
            "instruments": chance.sample([key for key, _words in INSTRUMENTS], 1),
            "tags": [topic, *chance.choices(tongue.known[:900], k=3)],
            "year": 1990 + int(36 * chance.random() ** 0.5),
            "origin": "desk-research",
            "sources": [{"title": "example.org", "url": f"https://example.org/{number}"}],
        }
    )


def shelf(size: int, *, first: int = 0, told: Callable[[str], object] = lambda words: None) -> int:
    """Publish cases with these numbers, five hundred at once; returns how many there are then."""
    tongues = {language: Tongue(language) for language in dict.fromkeys(LANGUAGES)}
    begun = timezone.now() - timedelta(days=400)
    numbers = iter(range(first, size))
    while some := list(islice(numbers, BATCH)):
        with transaction.atomic():
            _add(some, tongues, begun)
        told(f"{some[-1] + 1} of {size}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return PublicCase.objects.on_show().count()


def _add(numbers: list[int], tongues: dict[str, Tongue], begun: Any) -> None:
    shelf_, _made = Shelf.objects.get_or_create(pk=1)
    contents = [content_of(number, tongues) for number in numbers]
    publics = PublicCase.objects.bulk_create(
        PublicCase(
            origin=PublicCase.Origin.DESK_RESEARCH,
            known_as=f"bench:{number}",
            slug=f"bench-{number}",
            begun_at=begun,
            published_at=begun + timedelta(minutes=number),
            renewed_at=begun + timedelta(minutes=number),
            confirmed_at=begun + timedelta(minutes=number) if number % 3 else None,
            title=content["title"][:300],
            short=content["short"],
            language=content["language"],
            year=content["year"],
            card=editions.card_of(content),
            facets=editions.facets_of(content),
            shelved_as=shelf_.number + place,
        )
        for place, (number, content) in enumerate(zip(numbers, contents, strict=True), 1)
    )
    texts = [canonical(content) for content in contents]
    made = Edition.objects.bulk_create(
        Edition(
            public_case=public,
            number=1,
            published_at=public.published_at,
            content=text,
            digest=digest_of(text),
        )
        for public, text in zip(publics, texts, strict=True)
    )
    for public, edition in zip(publics, made, strict=True):
        public.edition, public.state = edition, PublicCase.State.PUBLISHED
    PublicCase.objects.bulk_update(publics, ["edition", "state"], batch_size=BATCH)
    pieces = [searching.pieces_of(content) for content in contents]
    SearchText.objects.bulk_create(
        SearchText(public_case=public, **{name: searching.text_of(some[name]) for name in searching.FIELDS})
        for public, some in zip(publics, pieces, strict=True)
    )
    searching.learn(pieces)
    Shelf.objects.filter(pk=1).update(number=shelf_.number + len(numbers))


# -- What is asked ---------------------------------------------------------------------------------------------------


def questions(kind: str) -> Iterator[str]:
    """Addresses of the library that were not asked before, without end."""
    chance = random.Random(kind)
    tongues = {language: Tongue(language) for language in dict.fromkeys(LANGUAGES)}
    while True:
        tongue = tongues[chance.choice(LANGUAGES)]
        word = tongue.known[int(len(tongue.known) * chance.random() ** 2)]
        other = tongue.known[int(len(tongue.known) * chance.random() ** 2)]
        facets = {
            "country": chance.choices(COUNTRIES, WEIGHTS)[0],
            "sector": chance.choice(SECTORS)[0],
            "stage": chance.choice(STAGES)[0],
        }
        asked: dict[str, Any] = {
            "a word": {"q": word},
            "a word and facets": {"q": word, "country": facets["country"], "sector": facets["sector"]},
            "two words and a facet": {"q": f"{word} {other}", "stage": facets["stage"]},
            "while typing": {"q": word[: max(2, len(word) // 2)], "country": facets["country"]},
            "a slip": {"q": _slip(word, chance), "country": facets["country"]},
            "a frequent word": {
                "q": chance.choice(TOPICS),
                "stage": facets["stage"],
                "page": chance.randint(1, 9),
            },
            "facets": facets | {"page": chance.randint(1, 3)},
            "a phrase": {"q": f'"{chance.choice(TOPICS)} {chance.randint(1, 900)}"'},
        }[kind]
        yield "/en/cases/?" + urlencode(asked)


KINDS = (
    "a word",
    "a word and facets",
    "two words and a facet",
    "while typing",
    "a slip",
    "a frequent word",
    "facets",
    "a phrase",
)


def _slip(word: str, chance: random.Random) -> str:
    """The word with two neighbouring letters changed."""
    at = chance.randrange(1, max(2, len(word) - 1))
    return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]


def asking(kind: str, count: int) -> Operation:
    addresses = iter(
        list(islice(questions(kind), count))
    )  # a list is shared among threads, a generator is not
    return Operation(f"search: {kind}", lambda browser: [browser.send("GET", next(addresses))], count)


def looking() -> Iterator[Operation]:
    yield look("library", "/en/cases/", 100)
    yield look("library, page 40", "/en/cases/?page=40", 60)
    yield look("library, by title", "/en/cases/?sort=title&page=7", 60)
    yield look("library, one country", "/en/cases/?country=FR", 60)
    yield look("baseline", "/en/baseline/", 60)
    yield look("network", "/en/baseline/network/", 60)


def measured(portal: Portal, size: int, *, fewer: int = 1) -> Iterator[Figures]:
    """Each line as soon as it is known. What is asked twice is remembered; searches here are all asked once."""
    began = time.perf_counter()
    portal.python(f"from bench.library import shelf; result = shelf({size})")
    print(f"{size} cases published in {time.perf_counter() - began:.0f} s", flush=True)
    warm(portal.port)
    browser, web = Browser(portal.port), portal.web.pid
    for _ in range(20):  # each process holds an index of its own
        browser.send("GET", "/en/cases/")
        browser.connection = None
    for operation in looking():
        operation.count = max(5, operation.count // fewer)
        yield one_by_one(operation, browser, size=size, web=web)
    for kind in KINDS:
        yield one_by_one(asking(kind, max(10, 100 // fewer)), browser, size=size, web=web)
    for kind in ("a word and facets", "while typing", "a frequent word"):
        yield all_together(
            asking(kind, max(20, 320 // fewer)),
            size=size,
            at_a_time=8,
            browsers=partial(Browser, portal.port),
            web=web,
        )


def run(
    maker: PortalMaker, surroundings: dict[str, str], *, fewer: int, sizes: tuple[int, ...] = SIZES
) -> dict[str, Any]:
    lines, memory = [], {}
    print(f"\n{HEAD}", flush=True)
    for size in sizes:
        with maker.portal(**surroundings) as portal:
            for line in measured(portal, size // (fewer if size > 1000 else 1), fewer=fewer):
                lines.append(asdict(line))
                print(line.line(), flush=True)
            memory[size] = portal.memory()
            print(
                f"memory with {size}: "
                + ", ".join(f"{name} {mb:.0f} MB" for name, mb in memory[size].items())
            )
    return {"lines": lines, "memory": memory}


def main(told: list[str], surroundings: dict[str, str]) -> int:
    sizes = tuple(map(int, told)) or SIZES
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        postgres() as url,
        PortalMaker(url, Path(folder)).ready() as maker,
    ):
        run(maker, surroundings, fewer=1, sizes=sizes)
    return 0
