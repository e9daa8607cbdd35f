"""What templates ask of a public case beyond what its view hands them: its parts, and data that no browser runs."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from cases import showing

register = template.Library()

#: What could end a script element, or begin another one inside it.
_HARMLESS = {
    ord(">"): "\\u003E",
    ord("<"): "\\u003C",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


@register.filter
def parts(content: dict) -> list[showing.Part]:
    """The sections of a case, in order, as paragraphs and lists."""
    return showing.parts_of(content)


@register.filter
def speech(content: dict) -> SafeString:
    """The attributes that say in which language and direction the words of a case are read."""
    return showing.speech_of(content)


@register.filter
def files_shown(content: dict) -> list[dict[str, Any]]:
    return showing.files_of(content)


@register.filter
def site(address: str) -> str:
    """«vimeo.com»: where a link leads."""
    return showing.site_of(address)


@register.simple_tag
def linked_data(data: dict) -> SafeString:
    """Data in the page for those who read schema.org. A browser runs none of it, whatever the titles say."""
    said = json.dumps(data, ensure_ascii=False).translate(_HARMLESS)
    return mark_safe(f'<script type="application/ld+json">{said}</script>')  # noqa: S308 -- escaped above
