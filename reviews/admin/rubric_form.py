"""What staff type about one criterion of the rubric."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.texts import TranslatedFormField, in_language
from people.typing_in import WhyField
from reviews import rubric
from reviews.models import Criterion
from reviews.models.round import POINTS

#: Characters of one text.
MOST = 2_000
HEAVIEST = 10


class CriterionForm(forms.Form):
    """A criterion that exists, or a new one; left empty, a new one is none."""

    key = forms.SlugField(
        label=gettext_lazy("key"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Stands in exports and never changes. Latin letters, digits and hyphens; empty: made of the title."
        ),
    )
    title = TranslatedFormField(label=gettext_lazy("title"), rows=1, required=False)
    question = TranslatedFormField(label=gettext_lazy("question"), rows=2, required=False)
    anchor_0 = TranslatedFormField(label=gettext_lazy("0 points mean"), rows=2, required=False)
    anchor_1 = TranslatedFormField(label=gettext_lazy("1 point means"), rows=2, required=False)
    anchor_2 = TranslatedFormField(label=gettext_lazy("2 points mean"), rows=2, required=False)
    anchor_3 = TranslatedFormField(label=gettext_lazy("3 points mean"), rows=2, required=False)
    anchor_4 = TranslatedFormField(label=gettext_lazy("4 points mean"), rows=2, required=False)
    weight = forms.IntegerField(
        label=gettext_lazy("weight"),
        min_value=1,
        max_value=HEAVIEST,
        help_text=gettext_lazy("How many times it counts, 1 to 10."),
    )
    position = forms.IntegerField(label=gettext_lazy("place in the order"), min_value=1, max_value=99)
    remove = forms.BooleanField(label=gettext_lazy("remove this criterion"), required=False)

    def __init__(self, data=None, *, pk: int | None, criterion: Criterion | None = None, place: int = 1):
        """``pk`` is that of the page, which may name a criterion that somebody else has removed since."""
        self.pk = pk
        self.criterion = criterion
        prefix = "new" if pk is None else f"c{pk}"
        super().__init__(
            data, prefix=prefix, initial=initial_of(criterion, place), use_required_attribute=False
        )
        if criterion is not None:
            del self.fields["key"]
        if pk is None:
            del self.fields["remove"]

    @property
    def name(self) -> str:
        if self.criterion is not None:
            return self.criterion.title_text
        return _("Another criterion") if self.pk is None else _("A criterion that somebody else has removed")

    @property
    def counts(self) -> bool:
        """Whether this is to be a line of the rubric: neither removed nor left empty."""
        if self.pk is None:
            return any(self.cleaned_data.get(name) for name in ("key", "title", "question", *ANCHORS))
        return not self.cleaned_data.get("remove")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.counts:
            self.errors.clear()
            return said
        for name in ("title", "question", *ANCHORS):
            if name in said and not any(said[name].values()):
                self.add_error(name, _("This is needed: reviewers read it."))
            elif any(len(words) > MOST for words in said.get(name, {}).values()):
                self.add_error(name, _("At most %(n)s characters.") % {"n": f"{MOST:,}"})
        if "key" in self.fields and "key" in said and "title" in said and not said["key"]:
            said["key"] = slugify(in_language(said["title"]))[:40]
            if not said["key"]:
                self.add_error("key", _("Choose a key: none can be made of this title."))
        return said

    @property
    def line(self) -> rubric.Line:
        said = self.cleaned_data
        return rubric.Line(
            pk=self.criterion.pk if self.criterion else None,
            key=self.criterion.key if self.criterion else said["key"],
            weight=said["weight"],
            title=said["title"],
            question=said["question"],
            anchors=[said[name] for name in ANCHORS],
        )


class WhyForm(forms.Form):
    """What holds for all that is changed in one go."""

    why = WhyField()


ANCHORS = tuple(f"anchor_{points}" for points in POINTS)


def initial_of(criterion: Criterion | None, place: int) -> dict[str, Any]:
    if criterion is None:
        return {"weight": 1, "position": place}
    names = ("key", "title", "question", *ANCHORS, "weight", "position")
    return {name: getattr(criterion, name) for name in names}
