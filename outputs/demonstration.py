"""A report, a digital story and a dialogue over the cases that are in the library, to try things with.

Each says of itself that it is a demonstration. What it tells of cases is what their own pages say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.editions import label_of_section
from cases.models import PublicCase
from outputs import blocks, publishing, writing
from outputs.models import Output
from people.models import User

#: So many cases are needed for a report that says something.
FEWEST = 3
#: In the addresses of what is made here, by which it is known again.
MARK = "demonstration"
_NOTE = "This is a demonstration. It shows what such a page can hold; nobody has written it as a finding."
PARIS = ZoneInfo("Europe/Paris")


class TooFewCases(Exception):
    """The library has not enough cases to write about."""


def fill(*, by: User, at: datetime) -> Iterator[str]:
    """Make and publish them; what was done, in words. Safe to repeat: what is there stays as it is. Raises TooFewCases."""
    cases = list(PublicCase.objects.on_show().select_related("edition").order_by("published_at", "pk")[:6])
    if len(cases) < FEWEST:
        raise TooFewCases
    for make in (_report, _story, _dialogue):
        made = make(cases, by=by, at=at)
        yield f"{made.page:45} {made.title_text}"


def _report(cases: list[PublicCase], *, by: User, at: datetime) -> Output:
    first = cases[0]
    written = [
        _text(
            f"# What this is\n\n{_NOTE}\n\nThe library holds cases in which governments of different places work on "
            "one problem together^[Each case names its sources, or its author has agreed to its text.]. The figures "
            "below count them as they were on the day of this version.\n\n"
            "# What the cases are about"
        ),
        _block("figure", by="sector", caption={"en": "What they are about"}),
        _text("## Where governments meet"),
        _block("figure", by="country", caption={"en": "Countries that take part"}),
        _text(
            f"# Three cases\n\nThe report looks at three of them. [{_bare(first.title)}](case:{first.slug}) comes first "
            "because it came first into the library^[Any other order would do as well.]."
        ),
        *(_block("case", case=f"case:{each.slug}") for each in cases[:3]),
        _text(
            "# What to ask next\n\n1. Who pays when something goes wrong?\n2. Who may stop?\n3. What stays when the "
            f"project ends?\n\nThe [story](story:{MARK}) that belongs to this report follows one case."
        ),
    ]
    if not Output.objects.on_show().filter(kind="story", slug=MARK).exists():
        _story(cases, by=by, at=at)
    title = "Demonstration: how cases, figures and notes come together"
    short = "A report over the cases of the library, made to try things with."
    return _made("report", title, short, written, by=by, at=at)


def _story(cases: list[PublicCase], *, by: User, at: datetime) -> Output:
    contents = {each.pk: each.edition.said for each in cases if each.edition}
    told = next((each for each in cases if contents[each.pk]["sections"]), cases[0])
    said = contents[told.pk]
    written = [_text(f"{_NOTE}\n\n{_bare(said['short'])}"), _block("case", case=f"case:{told.slug}")]
    for section in said["sections"][:4]:
        heading = _bare(label_of_section(section["key"]))
        written.append(_text(f"# {heading}"))
        written.append(
            _block(
                "quotation", words={"en": section["text"][:600]}, who={"en": f"From the case “{told.title}”"}
            )
        )
    written.append(_text("# And elsewhere\n\nOthers stand before the same question."))
    written += [_block("case", case=f"case:{each.slug}") for each in cases if each is not told][:2]
    title = "Demonstration: one case, told as a story"
    return _made("story", title, "A long page in sections, made to try things with.", written, by=by, at=at)


def _dialogue(cases: list[PublicCase], *, by: User, at: datetime) -> Output:
    day = (at.astimezone(PARIS) + timedelta(days=21)).replace(hour=15, minute=0, second=0, microsecond=0)
    times = {"starts": f"{day:%Y-%m-%dT%H:%M}", "ends": f"{day + timedelta(minutes=90):%Y-%m-%dT%H:%M}"}
    head = {"zone": "Europe/Paris", **times, "speakers": {"en": "Somebody of the team, who tells the case"}}
    written = [
        _text(f"{_NOTE}\n\nWe read one case and the report together, and ask its authors."),
        _block("case", case=f"case:{cases[0].slug}"),
        _block("output", output=f"report:{MARK}"),
    ]
    title = "Demonstration: a conversation about one case"
    return _made(
        "dialogue", title, "An hour and a half, made to try things with.", written, by=by, at=at, **head
    )


def _made(
    kind: str, title: str, short: str, written: list[dict], *, by: User, at: datetime, **head
) -> Output:
    there = Output.objects.select_related("version").filter(kind=kind, slug=MARK).first()
    if there is not None:
        return there
    output = writing.begin(kind, slug=MARK, language="en", title=title, by=by, at=at)
    content = {
        **output.draft,
        "short": {"en": short},
        "by": "OPSI (demonstration)",
        **head,
        "blocks": written,
    }
    output = writing.save(output, content, seen=output.draft_number, by=by, at=at)
    seen = publishing.foresee(output, at=at).mark
    publishing.publish(output, seen=seen, note="For demonstration.", by=by, at=at)
    return Output.objects.select_related("version").get(pk=output.pk)


def _text(words: str) -> dict:
    return _block("text", text={"en": words})


def _block(kind: str, **facts) -> dict:
    return {**blocks.new_block(kind), **facts}


def _bare(words: str) -> str:
    """Words of others without signs that Markdown would read."""
    return " ".join("".join(sign for sign in words if sign not in "*_[]()#`<>^\\|").split())
