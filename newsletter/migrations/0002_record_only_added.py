"""What somebody agreed to and withdrew is only added: the database itself refuses to change a line.

Lines go with their subscription, when somebody is forgotten.
"""

from django.db import migrations

FORWARD = {
    "postgresql": [
        """CREATE FUNCTION newsletter_record_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The record is only added to.' USING ERRCODE = 'restrict_violation';
END $$""",
        """CREATE TRIGGER newsletter_record_only_added BEFORE UPDATE ON newsletter_record
FOR EACH ROW EXECUTE FUNCTION newsletter_record_is_only_added()""",
    ],
    "sqlite": [
        """CREATE TRIGGER newsletter_record_only_added BEFORE UPDATE ON newsletter_record
BEGIN SELECT RAISE(ABORT, 'The record is only added to.'); END""",
    ],
}
BACKWARD = {
    "postgresql": [
        "DROP TRIGGER newsletter_record_only_added ON newsletter_record",
        "DROP FUNCTION newsletter_record_is_only_added()",
    ],
    "sqlite": ["DROP TRIGGER newsletter_record_only_added"],
}


def close(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_again(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_newsletter")]

    operations = [migrations.RunPython(close, open_again)]
