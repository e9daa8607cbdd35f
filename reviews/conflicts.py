"""Conflicts of interest: what ties a person to a case, computed from the facts of both, or declared by the person.

A case is tied to places, organisations, mail domains and people by what was handed in last and by who writes it.
``conflict_of`` asks for one pair; for many, ``ties_of`` and ``own_of`` look the facts up once and ``between`` compares
them without the database.
"""

from __future__ import annotations

import enum
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from cases.models import Colleague, Submission
from people.models import User, normal
from people.places import country_name
from reviews.models import Conflict, Dossier, Reviewer

#: Addresses at these say nothing about where somebody works.
_FREE = """
    126.com 163.com abv.bg aim.com aol.com att.net bk.ru bluewin.ch bol.com.br btinternet.com centrum.cz comcast.net
    cox.net daum.net duck.com email.cz fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com googlemail.com
    hanmail.net hey.com hushmail.com icloud.com inbox.lv inbox.ru interia.pl laposte.net libero.it list.ru mac.com
    mail.com mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl orange.fr pm.me posteo.de proton.me protonmail.ch
    protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com sapo.pt sbcglobal.net seznam.cz sfr.fr sina.com
    skynet.be t-online.de telenet.be terra.com.br tiscali.it tuta.com tuta.io tutanota.com tutanota.de ukr.net uol.com.br
    verizon.net virgilio.it wanadoo.fr web.de wp.pl ya.ru yeah.net ymail.com ziggo.nl zoho.com
"""
FREE_MAIL = frozenset(_FREE.split())
#: The same for the houses that have a name in many countries: yahoo.co.uk, hotmail.fr, gmx.net.
_FREE_HOUSE = re.compile(
    r"(?:gmx|hotmail|live|outlook|yahoo|yandex|zoho)\.(?:com|net|[a-z]{2}|com?\.[a-z]{2})"
)
#: What an organisation's name can do without.
_ARTICLES = {"the", "la", "le", "les", "el", "los", "las", "il", "der", "die", "das", "l"}


class Tie(enum.StrEnum):
    """What a conflict rests on. ``DECLARED`` is the only one that no reason given by staff outweighs."""

    COUNTRY = "country"
    ORGANISATION = "organisation"
    DOMAIN = "domain"
    PERSON = "person"
    DECLARED = "declared"


@dataclass(frozen=True)
class Ground:
    """One ground of a conflict: its kind, and which country, organisation or domain it is."""

    tie: Tie
    what: str = ""

    @property
    def words(self) -> str:
        """A sentence in the active language. It names no author."""
        if self.tie is Tie.COUNTRY:
            return _("Their own country, %(country)s, is one of the jurisdictions.") % {
                "country": country_name(self.what)
            }
        if self.tie is Tie.ORGANISATION:
            return _("Their own organisation, %(organisation)s, takes part.") % {"organisation": self.what}
        if self.tie is Tie.DOMAIN:
            return _("An address of the case is at %(domain)s, as is theirs.") % {"domain": self.what}
        if self.tie is Tie.PERSON:
            return _("Their own address stands in the case.")
        return _("They have declared a conflict of interest.")


@dataclass(frozen=True)
class Ties:
    """What a case is tied to, all in the one spelling in which it is compared."""

    countries: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    declared: frozenset[int] = frozenset()  #: keys of the users who declared a conflict


@dataclass(frozen=True)
class Own:
    """What a person is tied to; ``organisation`` as it was written."""

    user: int
    email: str
    country: str = ""
    organisation: str = ""
    domains: frozenset[str] = frozenset()


# -- One pair --------------------------------------------------------------------------------------------------------


def conflict_of(person: User | Reviewer, dossier: Dossier) -> list[str]:
    """Why this person should not judge this case, a sentence for each ground; empty when nothing speaks against it."""
    return [ground.words for ground in grounds_of(person, dossier)]


def grounds_of(person: User | Reviewer, dossier: Dossier) -> list[Ground]:
    """Like ``conflict_of``, for whoever has to tell one kind from another."""
    return between(own_of(person), ties_of([dossier])[dossier.pk])


def conflicts_of(person: User | Reviewer, dossiers: Collection[Dossier]) -> dict[int, list[str]]:
    """The conflicts of one person with many cases: key of the dossier → sentences, without those that have none."""
    own = own_of(person)
    found = {pk: between(own, ties) for pk, ties in ties_of(dossiers).items()}
    return {pk: [ground.words for ground in grounds] for pk, grounds in found.items() if grounds}


def between(own: Own, ties: Ties) -> list[Ground]:
    """The grounds of a conflict, at most one of each kind. Asks no database."""
    grounds = []
    if own.country and own.country in ties.countries:
        grounds.append(Ground(Tie.COUNTRY, own.country))
    if own.organisation and name_of(own.organisation) in ties.organisations:
        grounds.append(Ground(Tie.ORGANISATION, own.organisation))
    if shared := _shared(own.domains, ties.domains):
        grounds.append(Ground(Tie.DOMAIN, shared))
    if own.email in ties.people:
        grounds.append(Ground(Tie.PERSON))
    if own.user in ties.declared:
        grounds.append(Ground(Tie.DECLARED))
    return grounds


def _shared(own: frozenset[str], others: frozenset[str]) -> str:
    """A domain that both have: the same one, or one of them inside the other (mail.ministry.example)."""
    if own.isdisjoint(_with_parents(others)) and others.isdisjoint(_with_parents(own)):
        return ""
    both = [
        one
        for one in own
        for other in others
        if one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    ]
    return min(both, default="")


@lru_cache(maxsize=4096)
def _with_parents(domains: frozenset[str]) -> frozenset[str]:
    return frozenset(
        ".".join(parts[start:]) for parts in (d.split(".") for d in domains) for start in range(len(parts))
    )


# -- The facts -------------------------------------------------------------------------------------------------------


def own_of(person: User | Reviewer) -> Own:
    """What ties this person. Somebody who is no reviewer has only an address. One statement at most."""
    if isinstance(person, User):
        reviewer = Reviewer.objects.filter(user=person).first()
        user = person
    else:
        reviewer, user = person, person.user
    domains = [domain_of(user.email), *(domain_of(each) for each in (reviewer.domains if reviewer else []))]
    return Own(
        user=user.pk,
        email=normal(user.email),
        country=reviewer.country if reviewer else "",
        organisation=reviewer.organisation if reviewer else "",
        domains=frozenset(each for each in domains if each and not is_free_mail(each)),
    )


def ties_of(dossiers: Collection[Dossier]) -> dict[int, Ties]:
    """What each of these cases is tied to, by the key of its dossier. Three statements, however many they are."""
    writers = writers_of([each.case_id for each in dossiers])
    declared = declared_in([each.pk for each in dossiers])
    by_submission = {each.submission_id: each for each in dossiers}
    found = {}
    contents = Submission.objects.filter(pk__in=by_submission).values_list("pk", "content")
    for pk, content in contents.iterator(chunk_size=200):
        each = by_submission[pk]
        found[each.pk] = ties_from(json.loads(content)["answers"], writers[each.case_id], declared[each.pk])
    return found


def ties_from(answers: dict[str, Any], writers: Iterable[str] = (), declared: Iterable[int] = ()) -> Ties:
    """What a case is tied to by the answers that were handed in, and by the addresses of those who write it."""
    places = [row for row in answers.get("jurisdictions") or [] if isinstance(row, dict)]
    names = [answers.get("organisation"), answers.get("sponsor_organisation")]
    names += [row.get(part) for row in places for part in ("organisation", "name")]
    people = {normal(each) for each in [*writers, _line(answers.get("sponsor_email"))] if each}
    people |= {normal(_line(row.get("contact"))) for row in places if row.get("contact")}
    domains = {domain_of(each) for each in people}
    return Ties(
        countries=frozenset(row["country"] for row in places if row.get("country")),
        organisations=frozenset(name for each in names if (name := name_of(_line(each)))),
        domains=frozenset(each for each in domains if each and not is_free_mail(each)),
        people=frozenset(people),
        declared=frozenset(declared),
    )


def writers_of(cases: Collection[int]) -> defaultdict[int, list[str]]:
    """The addresses of everybody who had a part in each case, those who were removed too. One statement."""
    found = defaultdict(list)
    parts = Colleague.objects.filter(case__in=cases).order_by("pk")
    for case, email in parts.values_list("case_id", "address__email"):
        found[case].append(email)
    return found


def has_declared(user: User, dossier: Dossier) -> bool:
    """Whether this person has said that they are too close to this case: they have nothing more to do with it."""
    return Conflict.objects.filter(reviewer__user=user, dossier=dossier).exists()


def declared_in(dossiers: Collection[int]) -> defaultdict[int, list[int]]:
    """The users who declared a conflict with each of these cases. One statement."""
    found = defaultdict(list)
    declared = Conflict.objects.filter(dossier__in=dossiers)
    for dossier, user in declared.values_list("dossier_id", "reviewer__user_id"):
        found[dossier].append(user)
    return found


# -- One spelling ----------------------------------------------------------------------------------------------------


def _line(value: Any) -> str:
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def name_of(organisation: str) -> str:
    """An organisation's name as it is compared: no case, accents, signs, articles or spaces to spare."""
    letters = unicodedata.normalize("NFKD", organisation.casefold())
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    words = re.sub(r"[^\w]+|_", " ", bare).split()
    return " ".join(word for word in words if word not in _ARTICLES) or " ".join(words)


@lru_cache(maxsize=4096)
def domain_of(address: str) -> str:
    """The domain of an address (or a domain as somebody typed it) in lower case and ASCII; "" for anything else."""
    domain = normal(address).rpartition("@")[2].strip(". ")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        pass
    return domain if "." in domain and not re.search(r"[\s/:]", domain) else ""


def is_free_mail(domain: str) -> bool:
    return domain in FREE_MAIL or bool(_FREE_HOUSE.fullmatch(domain))
