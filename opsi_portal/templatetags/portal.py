"""What the pages need beyond Django's own tags: the frame, the words for the script, answers in words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, Widget
from django.forms.utils import flatatt
from django.template import Context
from django.urls import translate_url
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext as _

from cases import answers, reading
from cases.questions import Question

register = template.Library()

CHECKED, SELECTED = mark_safe(" checked"), mark_safe(" selected")

#: One number for each plural form that browsers know; a language uses the forms it has.
SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def plural_words() -> dict[str, dict[str, str]]:
    """The counted phrases of the script, in every plural form of the active language."""
    forms: dict[str, dict[str, str]] = {"days": {}, "hours": {}, "minutes": {}, "left": {}, "over": {}}
    for form, n in SAMPLES.items():
        forms["days"][form] = ngettext("{n} day left", "{n} days left", n)
        forms["hours"][form] = ngettext("{n} hour left", "{n} hours left", n)
        forms["minutes"][form] = ngettext("{n} minute left", "{n} minutes left", n)
        forms["left"][form] = ngettext("You have {n} character left", "You have {n} characters left", n)
        forms["over"][form] = ngettext(
            "You have {n} character too many", "You have {n} characters too many", n
        )
    return {
        key: {form: words for form, words in said.items() if form == "other" or words != said["other"]}
        for key, said in forms.items()
    }


@lru_cache
def strings_in(language: str) -> SafeString:
    words: dict[str, Any] = {
        "same": _("This is also your local time."),
        "yours": _("Your time: {x}"),
        "otherday": _("For you this is another day."),
        "closed": _("Closed"),
        "saving": _("Saving…"),
        "saved": _("Saved at {x}"),
        "late": _("Kept at {x}. The call has closed, so this is not handed in."),
        "unsaved": _("Not saved yet. Your text is kept on this device and we will try again."),
        "signedout": _(
            "You are signed out. Your text is kept on this device. Open your link again in a new tab."
        ),
        "refused": _("This could not be saved. Your text is kept on this device."),
        "gone": _("The call has closed and changes are no longer kept. Your text is still on this device."),
        "conflict": _("A colleague changed an answer that you are writing. Choose which text to keep."),
        "theirs": _("Changed in the meantime by {x}:"),
        "mine": _("Your own text is in the box above."),
        "usetheirs": _("Use the text by {x}"),
        "keepmine": _("Keep my text"),
        "empty": _("(empty)"),
        "found": _("We found text from {x} on this device that was never saved."),
        "show": _("Show that text"),
        "usefound": _("Use that text"),
        "keepsaved": _("Keep what is saved"),
        "uploading": _("Uploading and checking {x}…"),
        "toolarge": _("{x} is too large, so it was not chosen."),
        "copied": _("Link copied"),
        **plural_words(),
    }
    return json_script(words, "t")


@register.simple_tag
def strings() -> SafeString:
    """The words of the script, in the active language, as data that no browser runs."""
    return strings_in(get_language() or settings.LANGUAGE_CODE)


@register.simple_tag
def server_now() -> str:
    """The server's clock (UTC), so that the countdown does not trust the reader's."""
    return timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@register.simple_tag(takes_context=True)
def language_links(context: Context) -> list[dict[str, Any]]:
    """This page in the other languages; nothing while the portal speaks only one, and nothing beside words
    that were just sent, which a link would leave behind."""
    request = context.get("request")
    if request is None or len(settings.LANGUAGES) < 2 or request.method == "POST":
        return []
    links, address = [], request.get_full_path()
    for code, _name in settings.LANGUAGES:
        info = get_language_info(code)
        url = translate_url(address, code)
        if url == address and code != get_language():
            return []  # links from letters carry no language: the page speaks the reader's
        links.append(
            {
                "code": code,
                "name": info["name_local"],
                "direction": "rtl" if info["bidi"] else "ltr",
                "url": url,
                "is_current": code == get_language(),
            }
        )
    return links


PLACES = {
    "home": "home",
    "my": "my",
    "my_ask": "my",
    "cases:call": "call",
    "cases:questions": "call",
}


#: What the other pages of a room belong to.
ROOMS = {"cases": "draft", "workshops": "workshops"}


@register.simple_tag(takes_context=True)
def here(context: Context) -> str:
    """Which entry of the navigation this page belongs to: "home", "call", "draft", "workshops", "my" or ""."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None:
        return ""
    return PLACES.get(match.view_name, ROOMS.get(match.namespace, ""))


#: Widgets that are one element. They are drawn here from what the widget says of itself: a template of their
#: own costs 150 µs each and 1 ms for a short select, and a section has up to a hundred controls.
INPUTS = {
    f"django/forms/widgets/{kind}.html" for kind in ("text", "email", "url", "number", "checkbox", "hidden")
}
TEXTAREA, SELECT = "django/forms/widgets/textarea.html", "django/forms/widgets/select.html"


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The control of a field, as Django's own widget would be drawn."""
    widget, name = field.field.widget, field.html_name
    if type(widget).render is not Widget.render or widget.template_name not in {*INPUTS, TEXTAREA, SELECT}:
        return field.as_widget()
    attrs = field.build_widget_attrs({"id": field.auto_id})
    if widget.template_name == SELECT:
        flat = flatatt(widget.build_attrs(widget.attrs, attrs))
        options = (
            (option["value"], SELECTED if option["selected"] else "", option["label"])
            for option in widget.options(name, widget.format_value(field.value()))
        )
        drawn = format_html_join("", '<option value="{}"{}>{}</option>', options)
        return format_html('<select name="{}"{}>{}</select>', name, flat, drawn)
    shown = field.value()
    if isinstance(shown, str):
        shown = shown.replace(
            "\0", "\ufffd"
        )  # what was refused for its NUL is shown again, and no page can hold one
    drawn = widget.get_context(name, shown, attrs)["widget"]
    flat, value = flatatt(drawn["attrs"]), drawn["value"]
    if widget.template_name == TEXTAREA:
        return format_html('<textarea name="{}"{}>\n{}</textarea>', name, flat, value or "")
    said = "" if value is None else format_html(' value="{}"', value)
    return format_html('<input type="{}" name="{}"{}{}>', drawn["type"], name, said, flat)


@register.simple_tag
def choices(field: BoundField) -> SafeString:
    """The radio buttons or tick boxes of a field, each with its label, in the look of the portal."""
    widget = field.field.widget
    options = widget.options(field.html_name, widget.format_value(field.value()), {"id": field.auto_id})
    return format_html_join(
        "\n",
        '<div class="pick"><input type="{}" name="{}" value="{}" id="{}"{}><label for="{}">{}</label></div>',
        (
            (
                widget.input_type,
                option["name"],
                option["value"],
                option["attrs"]["id"],
                CHECKED if option["selected"] else "",
                option["attrs"]["id"],
                option["label"],
            )
            for option in options
        ),
    )


@register.filter
def in_words(value: Any, question: Question) -> str:
    """An answer as people read it: choices by their words, lists one on each line."""
    return answers.in_words(question, value)


@register.filter
def size_in_words(size: int) -> str:
    """«210 KB»: the size of a file as people read it."""
    return reading.size_in_words(size)
