"""Exports: complete, safe to open, quick for ten thousand, and without what the reader may not see."""

import csv
import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from papers import sheets
from tests.workshops.makers import DETAILS, MAY, make_workshop, take
from workshops import exports, seating
from workshops.models import Registration, Step

pytestmark = pytest.mark.django_db


def table(**shown) -> list[list[str]]:
    seen = {"addresses": True, "needs": True} | shown
    return list(exports.registrations_table(Registration.objects.order_by("pk"), **seen))


def as_csv(rows) -> list[list[str]]:
    data = b"".join(sheets.csv_lines(iter(rows)))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_xlsx(rows) -> list[list[str]]:
    sheet = load_workbook(sheets.xlsx_file(iter(rows), title="All")).active
    assert "f" not in {cell.data_type for line in sheet.iter_rows() for cell in line}
    return [["" if cell is None else cell for cell in line] for line in sheet.iter_rows(values_only=True)]


def test_a_registration_is_told_completely():
    workshop = make_workshop(slug="june-3")
    take(workshop, "marta@kisumu.example", access_needs="Captions", hopes="Rivers", brings="A ferry")

    titles, line = table()

    assert dict(zip(titles, line, strict=True)) == {
        "Workshop": "june-3",
        "Turn": "1",
        "Status": "Seat",
        "Name": "Marta Okello",
        "E-mail": "marta@kisumu.example",
        "Organisation": "Kisumu County",
        "Country code": "KE",
        "Country": "Kenya",
        "Level of government": "Local",
        "Role": "Head of planning",
        "Language": "en",
        "Time zone": "",
        "Hopes to work on": "Rivers",
        "Brings a case": "A ferry",
        "Access needs": "Captions",
        "May be recorded": "no",
        "Gets news": "no",
        "Group": "",
        "Registered (UTC)": "2027-05-10 09:00:00",
        "Seated (UTC)": "2027-05-10 09:00:00",
        "Address confirmed (UTC)": "2027-01-15 08:00:00",
        "Says they come (UTC)": "",
        "Came (UTC)": "",
        "Ended (UTC)": "",
    }


def test_addresses_and_access_needs_are_left_out_with_their_columns():
    take(make_workshop(), "marta@kisumu.example", access_needs="Captions")

    for shown, hidden in ({"addresses": False}, "marta@kisumu.example"), ({"needs": False}, "Captions"):
        rows = table(**shown)
        assert hidden not in str(rows)
        assert {len(line) for line in rows} == {23}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"])
def test_nothing_that_people_type_is_run_as_a_formula(sign):
    typed = f'{sign}HYPERLINK("https://evil.example")'
    take(make_workshop(), name=typed, organisation=typed)

    for read in (as_csv, as_xlsx):
        line = read(table())[1]
        assert line[3].replace("\r", "\n").replace("_x000D_", "\n") == "'" + typed.replace("\r", "\n")
        assert line[5].startswith("'")


def test_signs_that_no_spreadsheet_can_hold_are_left_out():
    take(make_workshop(), name="Mar\x08ta\x1f \ufffeOkello")

    assert as_xlsx(table())[1][3] == as_csv(table())[1][3] == "Marta Okello"


def test_both_files_say_the_same_in_any_script():
    take(make_workshop(), name='مرتا "Okello"; João, 東京', hopes="One\nline after another")

    assert as_csv(table()) == as_xlsx(table()) == table()


def test_the_log_tells_who_joined_and_who_was_promoted_in_order():
    workshop = make_workshop(slug="june-3", capacity=1)
    first, _second = take(workshop, name="First"), take(workshop, name="Second")
    seating.give_back(first, at=datetime(2027, 5, 11, 9, tzinfo=UTC))

    titles, *lines = exports.log_table(Step.objects.all())

    assert titles == ["At (UTC)", "Workshop", "Turn", "Name", "Was", "Became", "Why"]
    assert [line[2:] for line in lines] == [
        ["1", "First", "", "Seat", "registered"],
        ["2", "Second", "", "Waiting list", "registered"],
        ["1", "First", "Seat", "Gave the seat back", "gave it back"],
        ["2", "Second", "Waiting list", "Seat", "next in line"],
    ]


def test_every_reason_in_the_log_has_words_for_people():
    written = {
        "registered",
        "promoted",
        "offered",
        "offer taken",
        "offer declined",
        "offer lapsed",
        "given back",
        "swapped",
        "exchanged",
        "seated elsewhere",
        "address not confirmed",
        "no answer",
        "cancelled",
    }

    assert all(exports.why_words(why) for why in written)
    assert exports.why_words("something new") == "something new"


def test_a_file_begins_before_all_its_rows_are_read():
    make_many(1_000)

    drawn = []
    rows = exports.registrations_table(Registration.objects.order_by("pk"), addresses=True, needs=True)
    pieces = sheets.csv_lines(drawn.append(1) or line for line in rows)
    next(pieces)
    next(pieces)
    assert len(drawn) == sheets.LINES


def make_many(people: int) -> None:
    """Registrations in bulk, as the seats of one large workshop would have them."""
    workshop = make_workshop(capacity=people)
    one = take(workshop)
    address = one.address
    addresses = type(address).objects.bulk_create(
        type(address)(email=f"many{n}@example.org", created_at=MAY, confirmed_at=MAY)
        for n in range(2, people + 1)
    )
    Registration.objects.bulk_create(
        [
            Registration(
                workshop=workshop,
                series=workshop.series,
                address=each,
                status="seated",
                turn=n,
                registered_at=MAY,
                seated_at=MAY,
                **(DETAILS | {"hopes": "To learn how others share the costs. " * 5}),
            )
            for n, each in enumerate(addresses, start=2)
        ],
        batch_size=500,
    )
