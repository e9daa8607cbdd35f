"""Words in several languages: staff write them once per language, readers get theirs or a stated fallback."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, cast

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import get_language

FALLBACK = "en"

#: What mail programs make a link of, as far as it can be told from a name: «J.P. Morgan», «Dr.Smith», «L.Page»,
#: «Prof.Li» and «M.Sc» are none.
_SITE = re.compile(
    r":\s*//|\bwww\s*[.。]|\S@\S|[\w-][.。](?:com|net|org|info|biz|io|ru|cn|xyz|top|online|site|shop|store"
    r"|click|link|live|app|dev|me|co|cc|tk|ly|eu|uk|de|fr)(?![\w-])|[\w-]\.[a-z]{2,}/"
    r"|(?<=[\w-]{3})[.。](?:agency|bet|bid|blog|buzz|cash|casino|cfd|cloud|club|cyou|date|digital|email|fun|game|gdn|host"
    r"|icu|life|loan|lol|ltd|mobi|monster|news|page|party|porn|press|pro|quest|rest|review|sbs|science|sex|space|stream"
    r"|tech|tel|today|trade|vip|website|win|work|world|xxx|zone|рф|онлайн|сайт|中国|公司|网址|网络)(?![\w-])"
    r"|(?<=[\w-]{3})[.。](?:(?-i:[a-z]{2}|[A-Z]{2}))(?![\w-])",
    re.IGNORECASE,
)
#: Signs that are not seen, and between which a word is read all the same.
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])
#: No line is longer that is asked about; putting signs in order takes its time with many.
_LINE = 1000


def names_a_site(line: str) -> bool:
    """Whether a mail program, or somebody who reads, would make a link of something in this line."""
    return bool(_SITE.search(unicodedata.normalize("NFKC", line[:_LINE].translate(_UNSEEN))))


def in_language(value: dict[str, str] | None, language: str | None = None) -> str:
    """The words in ``language`` (the active one), else in English, else in any; "" when there are none."""
    value = value or {}
    language = language or get_language() or FALLBACK
    for wanted in (language, language.split("-")[0], FALLBACK):
        if value.get(wanted):
            return value[wanted]
    return next((words for words in value.values() if words), "")


def lines_in_language(value: dict[str, str] | None) -> list[str]:
    """The words in the active language, line by line, without empty ones."""
    return [line.strip() for line in in_language(value).splitlines() if line.strip()]


class TranslatedWidget(forms.MultiWidget):
    """One box per language of the portal."""

    template_name = "people/translated_widget.html"
    use_fieldset = False  # each box says itself what it is for

    def __init__(self, rows: int, attrs: dict | None = None):
        self.languages = list(settings.LANGUAGES)
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            code: forms.Textarea(attrs={"rows": rows, "cols": 80, "lang": code})
            for code, _name in self.languages
        }
        super().__init__(widgets, attrs)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_

    def name_boxes(self, label: str) -> None:
        """Says at each box what is to be written, and in which language; one box has its label alone."""
        for box, (_code, name) in zip(self.widgets, self.languages, strict=True):
            if len(self.languages) > 1:
                box.attrs["aria-label"] = f"{label} ({name})"

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        return [(value or {}).get(code, "") for code, _ in self.languages]


class TranslatedFormField(forms.MultiValueField):
    def __init__(self, *, rows: int = 3, required: bool = True, **kwargs):
        kwargs.pop("max_length", None)
        self.languages = [code for code, _ in settings.LANGUAGES]
        fields = [forms.CharField(required=False) for _ in self.languages]
        super().__init__(
            fields, widget=TranslatedWidget(rows), required=required, require_all_fields=False, **kwargs
        )

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        cast(TranslatedWidget, self.widget).name_boxes(str(bound.label))
        return bound

    def compress(self, values: list[str]) -> dict[str, str]:
        pairs = zip(self.languages, values or [], strict=False)
        return {code: words.replace("\r\n", "\n").strip() for code, words in pairs if words}


class TranslatedField(models.JSONField):
    """``{language: words}`` as JSON, edited with one box per language."""

    def __init__(self, *args: Any, rows: int = 3, **kwargs: Any):
        self.rows = rows
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        kwargs = {k: v for k, v in kwargs.items() if k in ("label", "help_text")}
        return TranslatedFormField(
            rows=self.rows,
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
        )
