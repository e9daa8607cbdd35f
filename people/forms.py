"""What the forms of every room are made of: our crispy helper, the list of countries, a trap for machines."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from people.places import country_choices
from people.texts import names_a_site


def portal_helper(*names: str) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*names)
    return helper


@lru_cache(maxsize=16)
def _country_options(language: str) -> str:
    """The options as one string: a select of 250 costs 9 ms when Django renders each of them."""
    return "".join(
        format_html('<option value="{}">{}</option>', code, name) for code, name in country_choices()
    )


class CountrySelect(forms.Select):
    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        options = _country_options(get_language() or "en")
        if value:
            chosen = format_html('<option value="{}"', value)
            options = options.replace(chosen, chosen + " selected", 1)
        flat = forms.utils.flatatt(attrs)
        nothing = format_html('<option value="">{}</option>', _("Choose a country"))
        return format_html("<select{}>{}{}</select>", flat, nothing, mark_safe(options))  # noqa: S308 -- escaped above


class HoneypotMixin(forms.Form):
    """A field that no person sees; what fills it in is told so, kindly, in case it is a person after all."""

    nickname = forms.CharField(
        required=False,
        label=gettext_lazy("Leave this empty"),
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_nickname(self) -> str:
        if self.cleaned_data["nickname"]:
            # from now on it is seen, and has to be reached
            del self.fields["nickname"].widget.attrs["tabindex"]
            raise forms.ValidationError(_("Leave this field empty; it is here to stop machines."))
        return ""


#: Signs that turn the words around them about: in a name they only serve to deceive.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
#: Signs for machines, in which no name is written (a NUL is refused elsewhere, and said so).
_CONTROL = dict.fromkeys([*range(0x01, 0x20), *range(0x7F, 0xA0)], " ")
#: More digits than this are a telephone number and no name.
_DIGITS = 5


class NameField(forms.CharField):
    """The name of a person on one line: it stands in subjects of letters and beside other people's names.

    A web address is no name: with one in it our letters would carry anybody's advertisement to any mailbox.
    """

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).translate(_TURNING | _CONTROL).split())

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not any(sign.isalpha() for sign in value):
            raise forms.ValidationError(_("Enter a name in letters"))
        if names_a_site(value) or sum(sign.isdigit() for sign in value) > _DIGITS:
            raise forms.ValidationError(_("Enter a name without a web address or telephone number"))


class MailboxField(forms.EmailField):
    """The address of one mailbox that people have. Django lets others pass: in quotes an address may hold signs that
    break the lines of a calendar entry, and «root@localhost» or «a@[10.0.0.5]» lie inside our mail server's own net."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if '"' in value or value.lower().endswith(("@localhost", "]")):
            words = self.error_messages.get("invalid", _("Enter an e-mail address such as name@example.org"))
            raise forms.ValidationError(words, code="invalid")
