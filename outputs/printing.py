"""A version on paper: made when it is first asked for, in one language, and kept, for it never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from outputs import citing
from outputs.citing import Cited
from outputs.composing import Composed, Part, composed
from outputs.models import Output, Picture, Printed, Version
from outputs.quoting import LICENCE, PARIS, Quoted
from papers.booklet import Bars, Booklet, Image, Line, pdf_of
from papers.paper import Paper
from people import times


def printed(version: Version, language: str, *, at: datetime) -> Printed:
    """The paper of a version in a language. Safe when two ask first at once: one of the two is kept."""
    if there := version.printed.filter(language=language).first():
        return there
    with override(language):
        data = pdf_of(booklet_of(version))
    paper = Printed(version=version, language=language, size=len(data), made_at=at)
    paper.file.save(f"outputs/{version.digest[:16]}-{language}.pdf", ContentFile(data), save=False)
    try:
        with transaction.atomic():
            paper.save()
    except IntegrityError:
        paper.file.delete(save=False)
        return version.printed.get(language=language)
    return paper


def booklet_of(version: Version) -> Booklet:
    """What stands on the paper, in the active language; of what is cited the words of the day of the version."""
    output, content = version.output, version.said
    cited = citing.shown(content, citing.of_version(version))
    shown = composed(version.content, output.kind, cited)
    url = settings.SITE_URL + output.page_of(version.number)
    quoted = Quoted(
        output.slug, shown.title, shown.by, version.number, version.published_at, url, shown.language
    )
    facts = [
        *([(_("Written by"), ", ".join(shown.by))] if shown.by else []),
        (_("Version"), f"{version.number}, {times.day(version.published_at, PARIS)}"),
        (_("On the web"), url),
        (_("Licence"), LICENCE),
        (_("Cite as"), quoted.in_words()),
    ]
    return Booklet(
        paper=Paper(
            title=shown.title,
            subtitle=shown.short,
            facts=facts,
            footer=f"{shown.title} · {_('Version %(n)s') % {'n': version.number}}",
            language=shown.language,
            direction="rtl" if _is_rtl(shown.language) else "ltr",
            made_at=version.published_at,
            documents=8,
        ),
        contents=_("Contents"),
        parts=list(_parts(shown, cited, output)),
    )


def _is_rtl(language: str) -> bool:
    return get_language_info(language)["bidi"]


def _parts(shown: Composed, cited: dict[str, Cited], output: Output) -> Any:
    codes = [part.facts["code"] for part in shown.parts if part.kind == "picture"]
    pictures = {picture.code: picture for picture in Picture.objects.filter(output=output, code__in=codes)}
    for part in shown.parts:
        yield from _on_paper(part, cited, pictures)
    if shown.notes:
        yield Line("heading", _("Notes"), level=2)
        for note in shown.notes:
            yield Line("note", note.words, mark=f"{note.number}.")
    if cited:
        yield Line("heading", _("What this cites"), level=2)
        for each in cited.values():
            version = _("Version %(n)s") % {"n": each.number}
            where = f" {settings.SITE_URL}{each.url}" if each.url else ""
            yield Line("note", f"{each.kind_words}: {each.title}. {version}.{where}", mark="–")


def _on_paper(part: Part, cited: dict[str, Cited], pictures: dict[str, Picture]) -> Any:
    facts = part.facts
    if part.kind == "text":
        for piece in part.pieces:
            yield Line(piece.kind, piece.words, level=piece.level, mark=piece.mark)
    elif part.kind == "picture" and facts["code"] in pictures:
        with pictures[facts["code"]].large.open("rb") as file:
            yield Image(file.read(), alt=facts["alt"])
        yield from _under(_one_after_the_other(facts["caption"], facts["credit"]))
    elif part.kind == "quotation":
        yield Line("quote", f"“{facts['words']}”")
        yield Line("quote", f"– {facts['who']}")
    elif part.kind == "figure":
        yield Bars(facts["caption"] or _("Cases by %(what)s") % {"what": facts["by"]}, facts["drawn"])
        yield from _under("; ".join(f"{label}: {n}" for label, n in facts["rows"][len(facts["drawn"]) :]))
        day = times.day(facts["counted_at"], PARIS) if facts["counted_at"] else ""
        yield from _under(_("%(of)s cases in the library on %(day)s.") % {"of": facts["of"], "day": day})
    elif part.kind in ("case", "result", "output") and facts["key"] in cited:
        each = cited[facts["key"]]
        yield Line("quote", f"{each.kind_words}: {each.title}")
        if facts["words"]:
            yield Line("quote", facts["words"])
    elif part.kind == "video":
        yield Line("quote", f"{facts['title']}: {facts['url']}")


def _one_after_the_other(*said: str) -> str:
    """Sentences, with a full stop between them and not two."""
    return ". ".join(words.rstrip(". ") for words in said if words)


def _under(words: str) -> Any:
    if words:
        yield Line("caption", words)
