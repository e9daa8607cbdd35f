"""What the reviews came to stands beside a decision and can be changed as little as the rest of it."""

from django.db import migrations, models

FORWARD = {
    "postgresql": """CREATE TRIGGER reviews_decision_points_stay BEFORE UPDATE OF points
ON reviews_decision FOR EACH ROW EXECUTE FUNCTION reviews_decision_is_only_added()""",
    "sqlite": """CREATE TRIGGER reviews_decision_points_stay BEFORE UPDATE OF points ON reviews_decision
BEGIN SELECT RAISE(ABORT, 'Decisions are only added.'); END""",
}
BACKWARD = {
    "postgresql": "DROP TRIGGER reviews_decision_points_stay ON reviews_decision",
    "sqlite": "DROP TRIGGER reviews_decision_points_stay",
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    if statement := statements.get(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_decisions_only_added")]

    operations = [
        # Without a default, so that SQLite adds the column and does not write the table anew, triggers gone.
        migrations.AddField(
            model_name="decision",
            name="points",
            field=models.JSONField(blank=True, null=True, verbose_name="what the reviews come to"),
        ),
        migrations.AddField(
            model_name="round", name="waits", field=models.JSONField(default=dict, editable=False)
        ),
        migrations.RunPython(close_the_book, open_the_book),
    ]
