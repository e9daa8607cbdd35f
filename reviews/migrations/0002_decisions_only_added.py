"""Decisions can only be added: the database itself refuses to change what was decided, and to release one twice.

Only ``release_id`` may be set, once. As with the book of events, PostgreSQL refuses deleting too; on SQLite emptying a
table (as tests do between themselves) is a DELETE.
"""

from django.db import migrations

DECIDED = (
    "dossier_id, number, submission_id, outcome, reasons, why_changed, points, decided_by_id, decided_at"
)
FORWARD = {
    "postgresql": [
        """CREATE FUNCTION reviews_decision_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Decisions are only added.' USING ERRCODE = 'restrict_violation';
END $$""",
        f"""CREATE TRIGGER reviews_decision_only_added BEFORE DELETE OR UPDATE OF {DECIDED}
ON reviews_decision FOR EACH ROW EXECUTE FUNCTION reviews_decision_is_only_added()""",
        """CREATE TRIGGER reviews_decision_released_once BEFORE UPDATE OF release_id
ON reviews_decision FOR EACH ROW WHEN (OLD.release_id IS NOT NULL)
EXECUTE FUNCTION reviews_decision_is_only_added()""",
    ],
    "sqlite": [
        f"""CREATE TRIGGER reviews_decision_only_added BEFORE UPDATE OF {DECIDED} ON reviews_decision
BEGIN SELECT RAISE(ABORT, 'Decisions are only added.'); END""",
        """CREATE TRIGGER reviews_decision_released_once BEFORE UPDATE OF release_id ON reviews_decision
WHEN OLD.release_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'Decisions are only added.'); END""",
    ],
}
BACKWARD = {
    "postgresql": [
        "DROP TRIGGER reviews_decision_released_once ON reviews_decision",
        "DROP TRIGGER reviews_decision_only_added ON reviews_decision",
        "DROP FUNCTION reviews_decision_is_only_added()",
    ],
    "sqlite": [
        "DROP TRIGGER reviews_decision_released_once",
        "DROP TRIGGER reviews_decision_only_added",
    ],
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_reviews")]

    operations = [migrations.RunPython(close_the_book, open_the_book)]
