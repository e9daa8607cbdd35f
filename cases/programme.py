"""The programme's call: which year's it is, its dates, and the words it begins with. Staff edit them afterwards."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from cases.models import Call, Example, Numbering

PARIS = ZoneInfo("Europe/Paris")

INTRODUCTION = (
    "We are collecting real projects in which governments from different countries, regions or cities solve a "
    "shared problem together. Hand in yours, then help shape what comes next."
)
THEME = "Innovation across borders"
GUIDANCE = """\
We look for projects in which public bodies of at least two jurisdictions solve a common challenge in a new way, or arrive at a new kind of policy or service. A jurisdiction is a place with a government of its own: a country, a region or a city.
It does not have to be international. Cities or regions of one country that work together are as welcome.
Anybody who is involved may write the case: public employees, partners from companies, universities or civil society. A public official has to stand behind it before it can be published.
Write plainly and completely, so that the text stands alone: spell out acronyms, and do not send readers elsewhere. Where there are no results yet, say what you expect."""
CRITERIA = """\
Novelty: new to the organisations that do it, even if others did it before
Implementation: it has begun to reach its users
Impact: what has changed, or is likely to, and how one knows
Collaboration across borders: what could not have been done alone
Replicability: what others can take from it"""
BECOMES_PUBLIC = """\
The title, the jurisdictions, the organisations and the answers of cases that we publish, after we have shown you the page
Pictures and documents that you hand in, if you allow it
Never: e-mail addresses, contact addresses of partners, and what you write to us beside the case"""

EXAMPLES = {
    "short_explanation": "Two countries run one set of river gauges. People downstream are warned at the same minute as "
    "people upstream, on the same app, in both languages.",
    "short_english": "Two countries run one set of river gauges, so that everybody is warned at the same minute.",
    "overview": "The river crosses the border twice. Until 2018 each country measured for itself and warned its own "
    "residents only; in the flood of that year, towns downstream heard of the water five hours after it was seen "
    "upstream. The two water authorities and four towns now share their gauges, one forecast and one alarm plan. A "
    "joint group meets every second month, in turn on either side; thresholds and budget need everybody's consent.",
    "innovative": "For the first time an office of one country may trigger an alarm in the other. A short agreement says "
    "who answers for a wrong warning, which is where earlier attempts ended.",
    "happening_now": "The shared alarm has run since March 2025. Three more towns join this year, and a second river is "
    "being tried out.",
    "collaborations": "Two water authorities own the gauges, four towns run the alarm, a university checks the forecast, "
    "and volunteers of both fire services test the plan twice a year.",
    "users": "Some 60,000 residents of the valley, the fire services and the schools on both sides.",
    "results": "Warnings reach the towns downstream 4 hours and 40 minutes earlier than before (mean of eleven floods, "
    "2025 and 2026). Costs of repair fell by 18 % against the five years before.",
    "challenges": "Nobody could say who pays when a warning is wrong, and the two data protection offices read the same "
    "law differently. Our first app failed because it asked people to choose their country.",
    "conditions": "One named person on each side who may decide, a small common budget, and measured data that both "
    "sides trust.",
    "replication": "A second valley has taken over the agreement word for word and the software as it is; it took them "
    "seven months.",
    "lessons": "Begin with the agreement about mistakes. Write everything in both languages from the first day.",
    "anything_else": "We gladly show the alarm room to visitors.",
}


def programme_year(at: datetime) -> int:
    """The year of the current programme: this year's until its last workshop (10 June, 12:30 in Paris) is over."""
    local = at.astimezone(PARIS)
    return local.year if local < datetime(local.year, 6, 10, 12, 30, tzinfo=PARIS) else local.year + 1


@transaction.atomic
def load_call(at: datetime) -> tuple[Call, bool]:
    """The call of the current programme, made if it is missing; whatever staff have edited stays. Safe to repeat.

    It opens when it is loaded and closes with the end of 21 May in Paris.
    """
    year = programme_year(at)
    call, made = Call.objects.get_or_create(
        year=year,
        defaults={
            "title": {"en": f"Call for Innovations {year}"},
            "theme": {"en": THEME},
            "introduction": {"en": INTRODUCTION},
            "guidance": {"en": GUIDANCE},
            "criteria": {"en": CRITERIA},
            "timeline": {"en": timeline(year)},
            "becomes_public": {"en": BECOMES_PUBLIC},
            "opens_at": min(at, datetime(year, 5, 1, tzinfo=PARIS)),
            "closes_at": datetime(year, 5, 22, tzinfo=PARIS),
            "zone_name": PARIS.key,
            "contact_email": settings.CONTACT_EMAIL,
        },
    )
    if made:
        Example.objects.bulk_create(
            Example(call=call, question=key, words={"en": words}) for key, words in EXAMPLES.items()
        )
    Numbering.objects.get_or_create(call=call)
    return call, made


def timeline(year: int) -> str:
    return f"""\
Until 21 May {year} – you hand in your case
From 22 May – every case is read and reviewed; we may write to you with questions
3, 7 and 10 June – three online workshops on what makes this work hard and what would help
From July – we write to every author with our decision
From September – published cases form a public library and feed reports, digital stories and dialogues"""
