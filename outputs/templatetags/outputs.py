"""What the pages of this room need beyond the portal's own tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from outputs.models import Output
from outputs.quoting import PARIS
from people import times

register = template.Library()

#: Languages that run from right to left.
BIDI = {*settings.LANGUAGES_BIDI}
#: Pieces of the atlas plate that covers are cut from: where each begins, and how large it is.
CUTS = ("0 40 240 315", "250 20 260 341", "180 110 250 328", "300 150 240 315", "40 120 260 341")

#: What is drawn upon the plate on the home page, and not on a cover.
ROUTE = '<path fill="none" stroke="var(--act)"'


@register.filter
def at_key(values: dict[str, Any], key: str) -> Any:
    return values.get(key)


@register.simple_tag
def told(language: str) -> SafeString:
    """« lang="fr" dir="ltr"» for words that are not in the language of the page; else nothing."""
    if not language or language == get_language():
        return SafeString("")
    direction = "rtl" if language in BIDI else "ltr"
    return format_html(' lang="{}" dir="{}"', language, direction)


@register.filter
def paris_day(at: datetime) -> str:
    """«Thursday 3 June 2027», as the calendar in Paris has it."""
    return times.day(at, PARIS)


@register.filter
def paris_month(at: datetime) -> str:
    """«June 2027»."""
    return formats.date_format(at.astimezone(PARIS).date(), "F Y")


@register.filter
def host(url: str) -> str:
    return urlsplit(url).hostname or ""


@register.filter
def cite_file(output: Output, form: str) -> str:
    return reverse(f"outputs:{output.kind}_cite", args=[output.slug, form])


@register.filter
def version_page(output: Output, number: int) -> str:
    return output.page_of(number)


@register.filter
def pdf_page(output: Output) -> str:
    return reverse("outputs:report_pdf", args=[output.slug])


@register.simple_tag
def cover(output: Output) -> SafeString:
    """A cut from the atlas plate: always the same for the same output."""
    plate = render_to_string("components/atlas.html").partition(ROUTE)[0] + "</svg>"
    return mark_safe(plate.replace('viewBox="0 0 560 460"', f'viewBox="{CUTS[output.pk % len(CUTS)]}"', 1))  # noqa: S308 -- our own drawing
