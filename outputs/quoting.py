"""How somebody else cites an output: in words, and as their programs read it (BibTeX, RIS)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

PARIS = ZoneInfo("Europe/Paris")
PUBLISHER = (
    "OECD Observatory of Public Sector Innovation; Mohammed Bin Rashid Centre for Government Innovation"
)
LICENCE = "CC BY-SA 3.0 IGO"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/3.0/igo/"

#: BibTeX counts braces whether a backslash stands before them or not.
_TEX = {sign: f"\\{sign}" for sign in "&%$#_"} | {
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Quoted:
    """One version of an output. ``url`` is its permanent address."""

    slug: str
    title: str
    by: list[str]
    number: int
    published_at: datetime
    url: str
    language: str

    @property
    def year(self) -> int:
        return self.published_at.astimezone(PARIS).year

    def in_words(self) -> str:
        facts = {
            "by": ", ".join(self.by) or "OPSI, MBRCGI",
            "year": self.year,
            "title": self.title if self.title.endswith(("?", "!", "؟")) else f"{self.title.rstrip('.')}.",
            "number": self.number,
            "url": self.url,
        }
        return (
            _("%(by)s (%(year)s): %(title)s Version %(number)s. Innovation across borders. %(url)s") % facts
        )

    def bibtex(self) -> str:
        day = self.published_at.astimezone(PARIS)
        rows = {
            "title": "{" + _tex(self.title) + "}",
            "author": " and ".join("{" + _tex(name) + "}" for name in self.by) or "{" + _tex(PUBLISHER) + "}",
            "year": str(self.year),
            "month": str(day.month),
            "institution": _tex(PUBLISHER),
            "type": "Version " + str(self.number),
            "url": self.url,
            "language": self.language,
            "note": _tex(LICENCE),
        }
        inside = ",\n".join(f"  {key} = {{{value}}}" for key, value in rows.items())
        return f"@techreport{{{self.slug}-v{self.number},\n{inside}\n}}\n"

    def ris(self) -> str:
        day = self.published_at.astimezone(PARIS)
        rows = [
            ("TY", "RPRT"),
            ("TI", self.title),
            *(("AU", name) for name in self.by or [PUBLISHER]),
            ("PY", str(self.year)),
            ("DA", f"{day:%Y/%m/%d}"),
            ("PB", PUBLISHER),
            ("ET", str(self.number)),
            ("LA", self.language),
            ("UR", self.url),
            ("C1", LICENCE),
            ("ER", ""),
        ]
        return "".join(f"{tag}  - {_one_line(value)}\r\n" for tag, value in rows)


def _tex(words: str) -> str:
    return re.sub(r"[&%$#_{}\\~^]", lambda found: _TEX[found[0]], _one_line(words))


def _one_line(words: str) -> str:
    return " ".join(words.split())
