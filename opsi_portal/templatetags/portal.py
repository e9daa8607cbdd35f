"""What the pages need beyond Django's own tags: the frame, the words for the script, answers in words."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, Widget
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import translate_url
from django.utils import timezone
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext as _

from cases import answers, reading
from cases.questions import Question
from newsletter.models import Topic
from newsletter.wordings import PAGE, WORDINGS

register = template.Library()

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
        "suits": _("Within your working hours."),
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


@register.simple_tag
def note_on_borders() -> str:
    """What stands under every map and every list of places."""
    return str(settings.NOTE_ON_BORDERS)


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


@register.inclusion_tag("components/shared_as.html", takes_context=True)
def shared_as(
    context: Context,
    title: str,
    description: str,
    picture: str = "",
    alt: str = "",
    kind: str = "website",
    url: str = "",
) -> dict[str, Any]:
    """What a public page is called where its address is shown: in searches, chats and networks. ``picture`` is an
    absolute address, and ``alt`` its words; without one the plate of the programme is shown. ``url`` is the one address
    of the page where that is another than the one asked for; only where it is the same are other languages named."""
    request = context["request"]
    here = request.build_absolute_uri(request.path)
    others = [
        {"code": each["code"], "url": request.build_absolute_uri(each["url"].partition("?")[0])}
        for each in language_links(context)
        if url in ("", here)
    ]
    return {
        "title": title,
        "description": description,
        "url": url or here,
        "others": others,
        "picture": picture,
        "alt": alt,
        "plate": "" if picture else request.build_absolute_uri(static("img/share.png")),
        "kind": kind,
    }


PLACES = {
    "home": "home",
    "my": "my",
    "my_ask": "my",
    "cases:call": "call",
    "cases:questions": "call",
    "cases:case": "library",
    "cases:edition": "library",
    "cases:data": "library",
    "cases:library": "library",
    "cases:baseline": "library",
    "cases:network": "library",
}


#: What the other pages of a room belong to.
ROOMS = {"cases": "draft", "reviews": "draft", "workshops": "workshops", "outputs": "outputs"}


@register.simple_tag(takes_context=True)
def here(context: Context) -> str:
    """Which entry of the navigation this page belongs to: "home", "call", "draft", "workshops", "library", "outputs",
    "my" or ""."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None:
        return ""
    return PLACES.get(match.view_name, ROOMS.get(match.namespace, ""))


@lru_cache(maxsize=200)
def _same_for_all(template: str, language: str | None, *facts: tuple[str, Any]) -> SafeString:
    """A part of the frame that knows nobody: drawn once for each language, because every page carries it."""
    return mark_safe(render_to_string(template, dict(facts)).strip())  # noqa: S308 -- a template escapes


@register.simple_tag(takes_context=True)
def masthead(context: Context, at: str) -> SafeString:
    """The mark and the main navigation of a page that belongs to the entry ``at``."""
    nav = tuple((name, bool(there)) for name, there in (context.get("nav") or {}).items())
    return _same_for_all("components/masthead.html", get_language(), ("at", at), *nav)


@register.simple_tag
def foot() -> SafeString:
    return _same_for_all("components/foot.html", get_language())


@register.simple_tag
def stay_informed(h: int = 2) -> SafeString:
    """The small form for news, under a heading of the level ``h``."""
    return _stay_informed(get_language() or settings.LANGUAGE_CODE, h)


@lru_cache
def _stay_informed(language: str, h: int) -> SafeString:
    context = {"topics": Topic.choices, "wording": WORDINGS[PAGE], "h": h}
    return mark_safe(render_to_string("components/stay_informed.html", context).strip())  # noqa: S308 -- a template escapes


#: Widgets that are one element. They are drawn here from what the widget says of itself: a template of their
#: own costs 150 µs each and 1 ms for a short select, and a section has up to a hundred controls.
INPUTS = {
    f"django/forms/widgets/{kind}.html" for kind in ("text", "email", "url", "number", "checkbox", "hidden")
}
TEXTAREA, SELECT = "django/forms/widgets/textarea.html", "django/forms/widgets/select.html"
DRAWN_HERE = {*INPUTS, TEXTAREA, SELECT}


def _attributes(attrs: dict[str, Any]) -> str:
    """Attributes as Django writes them: True stands alone, None and False not at all."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attrs.items()
        if value is not None and value is not False
    )


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The control of a field, as Django's own widget would be drawn."""
    widget, name = field.field.widget, escape(field.html_name)
    if type(widget).render is not Widget.render or widget.template_name not in DRAWN_HERE:
        return field.as_widget()
    attrs = field.build_widget_attrs({"id": field.auto_id})
    if widget.template_name == SELECT:
        chosen = widget.format_value(field.value())
        options = "".join(
            f'<option value="{escape(str(value))}"{" selected" if str(value) in chosen else ""}>{escape(str(label))}</option>'
            for value, label in widget.choices
        )
        flat = _attributes(widget.build_attrs(widget.attrs, attrs))
        return mark_safe(f'<select name="{name}"{flat}>{options}</select>')  # noqa: S308 -- escaped above
    shown = field.value()
    if isinstance(shown, str):  # what was refused for its NUL is shown again, and no page can hold one
        shown = shown.replace("\0", "\ufffd")
    drawn = widget.get_context(name, shown, attrs)["widget"]
    flat, value = _attributes(drawn["attrs"]), drawn["value"]
    if widget.template_name == TEXTAREA:
        words = escape(value or "")
        return mark_safe(f'<textarea name="{name}"{flat}>\n{words}</textarea>')  # noqa: S308 -- escaped above
    said = "" if value is None else f' value="{escape(str(value))}"'
    return mark_safe(f'<input type="{drawn["type"]}" name="{name}"{said}{flat}>')  # noqa: S308 -- escaped above


@register.filter
def asked(field: BoundField) -> dict[str, Any]:
    """What the template of a field asks beyond Django's own, which only the questions of the call know. As a dict,
    because a template that asks an object in vain pays for it: 15 µs, and a form of ten fields did so forty times."""
    known = vars(field.field)
    question = known.get("question")
    return {
        "base": known.get("base"),
        "conflict": known.get("conflict"),
        "example": known.get("example"),
        "question": question,
        "is_counted": known.get("is_counted"),
        "is_optional": not (field.field.required or (question and question.required)),
    }


@register.simple_tag
def choices(field: BoundField) -> SafeString:
    """The radio buttons or tick boxes of a field, each with its label, in the look of the portal."""
    widget, name, first = field.field.widget, escape(field.html_name), escape(field.auto_id)
    chosen = widget.format_value(field.value())
    return mark_safe(  # noqa: S308 -- escaped in each line
        "\n".join(
            f'<div class="pick"><input type="{widget.input_type}" name="{name}" value="{escape(str(value))}" '
            f'id="{first}_{number}"{" checked" if str(value) in chosen else ""}>'
            f'<label for="{first}_{number}">{escape(str(label))}</label></div>'
            for number, (value, label) in enumerate(widget.choices)
        )
    )


@register.filter
def in_words(value: Any, question: Question) -> str:
    """An answer as people read it: choices by their words, lists one on each line."""
    return answers.in_words(question, value)


@register.filter
def size_in_words(size: int) -> str:
    """«210 KB»: the size of a file as people read it."""
    return reading.size_in_words(size)
