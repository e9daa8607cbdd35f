"""What a reviewer types: scores by criterion, advice, and words. Says whether it is well formed, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from reviews.models import Criterion, Review
from reviews.models.round import POINTS
from reviews.reviewing import WORDS, score_of

#: Characters of comments, and of words for the author.
MOST = 20_000
#: What a database can hold as a key or a count.
HIGHEST_KEY, HIGHEST_COUNT = 2**63 - 1, 2**31 - 1
_SCORE = score_of("")


class WordsField(forms.CharField):
    """Free text as it is kept: with one sign for the end of a line, as browsers send two."""

    def __init__(self, **kwargs):
        super().__init__(required=False, strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class ReviewForm(forms.Form):
    """A score for each criterion; what was not sent is not said."""

    advice = forms.ChoiceField(choices=[("", ""), *Review.Advice.choices], required=False)
    comments = WordsField(max_length=MOST)
    words_for_author = WordsField(max_length=MOST)
    version = forms.IntegerField(min_value=0, max_value=HIGHEST_COUNT)
    read = forms.IntegerField(min_value=1, max_value=HIGHEST_KEY, required=False)

    def __init__(self, criteria: Iterable[Criterion], data) -> None:
        super().__init__(data)
        for one in criteria:
            self.fields[score_of(one.key)] = forms.TypedChoiceField(
                choices=[(points, points) for points in POINTS], coerce=int, required=False, empty_value=None
            )

    def clean(self) -> dict[str, Any]:
        if any(name.startswith(_SCORE) and name not in self.fields for name in self.data):
            self.add_error(
                None,
                _(
                    "The rubric was changed while you were reading. It stands here as it is now; "
                    "please look at your scores once more."
                ),
            )
        return super().clean()

    @property
    def values(self) -> dict[str, Any]:
        """What was said, as ``reviewing.save`` takes it."""
        said = {name: value for name, value in self.cleaned_data.items() if name in self.data}
        scores = {
            name.removeprefix(_SCORE): points
            for name, points in said.items()
            if name.startswith(_SCORE) and points is not None
        }
        return {"scores": scores, **{name: said[name] for name in WORDS if name in said}}

    @property
    def typed(self) -> dict[str, Any]:
        """What was sent, for showing it once more, well formed or not; no page can hold a NUL."""
        shown: dict[str, Any] = {}
        for name in self.fields:
            if name in ("version", "read") or name not in self.data:
                continue
            value = self.data[name].replace("\0", "\ufffd")
            if not name.startswith(_SCORE):
                shown[name] = value
            elif value in map(str, POINTS):
                shown[name] = int(value)
        return shown


class ConflictForm(forms.Form):
    reason = WordsField(max_length=2000)

    def clean_reason(self) -> str:
        if not self.cleaned_data["reason"].strip():
            raise forms.ValidationError(_("Say in a few words what connects you with the case."))
        return self.cleaned_data["reason"].strip()

    @property
    def shown(self) -> dict[str, str]:
        """What was typed and what is wrong with it, for showing the page once more."""
        return {
            "conflict_words": self.data.get("reason", "").replace("\0", "\ufffd"),
            "conflict_error": " ".join(map(str, self.errors.get("reason", []))),
        }
