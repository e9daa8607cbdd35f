"""Similar cases: what they share, the rare before the common, and no more work in a large library than in a small one."""

import pytest

from cases import card_index, relating
from tests.makers import DAY, NOON, make_desk_research, make_public_case

pytestmark = pytest.mark.django_db


def similar(public) -> dict[str, str]:
    return {each.title: each.reason for each in relating.related_to(public)}


def test_what_few_share_says_more_than_what_many_share():
    public = make_public_case()
    for number in range(6):
        make_desk_research(f"Sector {number}", sectors=["environment"], jurisdictions=[], border="")
    make_desk_research("Rivers", tags=["rivers"], jurisdictions=[], border="")

    assert next(iter(similar(public))) == "Rivers"
    assert len(similar(public)) == relating.MOST


def test_the_reason_names_what_is_shared_in_words():
    public = make_public_case()
    make_desk_research("Near", tags=["Data Sharing"], mechanisms=["joint-service"], sectors=["environment"])

    assert similar(public)["Near"] == "In common: data sharing, joint policy or service, Germany"


def test_desk_research_is_marked_here_too():
    public = make_public_case()
    make_desk_research("Near", tags=["rivers"])

    assert [each.is_research for each in relating.related_to(public)] == [True]


def test_a_case_is_not_similar_to_itself_nor_to_what_left():
    public = make_public_case()
    make_desk_research("Left", tags=["rivers"])
    gone = make_desk_research("Gone", tags=["rivers"])
    gone.state, gone.left_at = "unpublished", NOON + DAY
    gone.save()
    relating.card_index.forget()

    assert set(similar(public)) == {"Left"}


def test_a_case_with_nothing_in_common_has_no_company():
    public = make_desk_research("Alone", jurisdictions=[], border="")
    make_desk_research("Other")

    assert similar(public) == {}


def test_only_so_many_others_are_weighed(real_library):
    public = make_public_case(sectors=["transport"])
    for number in range(40):
        make_desk_research(f"Tram {number}", sectors=["transport"])
    index = card_index.snapshot()

    class Counting(type(index)):
        def rows_of(self, found):
            self.read = found.bit_count()
            return super().rows_of(found)

    counting = Counting(**{name: getattr(index, name) for name in index.__dataclass_fields__})
    found = relating.closest(public.pk, public.facets, counting, weighed=10)

    assert counting.read == 10
    assert len(found) == relating.MOST
