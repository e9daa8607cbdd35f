"""Countries and levels of government: the same words wherever somebody is asked where they work."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

LEVELS = (
    ("national", _("National or federal")),
    ("regional", _("Regional or state")),
    ("local", _("Local")),
    ("supranational", _("Supranational or international organisation")),
    ("other", pgettext_lazy("level of government", "Other")),
)
#: Beside the countries of ISO 3166-1.
BEYOND_COUNTRIES = (("EU", _("European Union")), ("INT", _("International organisation")))


@lru_cache(maxsize=16)
def countries_in(language: str) -> tuple[tuple[str, str], ...]:
    """Codes and names in the language, sorted by name, EU and international organisation first."""
    with override(language):  # whoever asks first may speak another one
        return (
            *((code, str(name)) for code, name in BEYOND_COUNTRIES),
            *((code, str(name)) for code, name in countries),
        )


def country_choices() -> tuple[tuple[str, str], ...]:
    return countries_in(get_language() or "en")


@lru_cache(maxsize=16)
def _country_names(language: str) -> dict[str, str]:
    return dict(countries_in(language))


def country_name(code: str) -> str:
    return _country_names(get_language() or "en").get(code, code)
