"""Which members of staff get which page of the outputs; ``tests/roof/test_office_doors.py`` walks them all."""

from outputs.models import Output
from tests.outputs.makers import make_published
from tests.reviews.who import BOSS, EDITOR, MANAGER, NOBODY, READING

WHO: dict[str, set[str]] = {
    "outputs_output_changelist": READING,
    "outputs_output_change": READING,
    "outputs_output_history": READING,
    "outputs_output_versions": READING,
    "outputs_output_changes": READING,
    "outputs_output_draft_changes": READING,
    "outputs_output_add": {EDITOR, MANAGER, BOSS},
    "outputs_output_delete": NOBODY,  # it was published
    "outputs_output_publish": {MANAGER, BOSS},
    "outputs_output_withdraw": {MANAGER, BOSS},
    # What came of a workshop
    "workshops_workshop_results": READING,
}
#: Doors without a page behind them: what only a button opens.
BUTTONS: set[str] = {"outputs_output_unschedule"}


def rows() -> dict[str, Output]:
    return {"outputs_output": make_published("report")}
