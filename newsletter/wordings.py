"""The words to which people agree, by version: what the record names stays readable for as long as it is kept.

A version is never edited. Other words are another version, and the old one stays here.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

#: What the page of the news, the small form and the preferences say beside their ticks.
PAGE = "news-2027.1"
#: What the registration for a workshop says (its terms are numbered there).
REGISTRATION = "workshop-2027.1"

WORDINGS: dict[str, Promise] = {
    PAGE: gettext_lazy(
        "We use your address to write to you about what you tick, and for nothing else. You can change that, or leave "
        "with one click, in every letter."
    ),
    REGISTRATION: gettext_lazy("Send me news of this programme, and invitations to its events"),
}
