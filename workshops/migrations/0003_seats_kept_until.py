from datetime import timedelta

from django.db import migrations, models


def keep_what_was_promised(apps, schema_editor):
    """What letters have told so far was worked out from the workshop: its hours, or half of what was left."""
    seats = apps.get_model("workshops", "Registration").objects.filter(
        status="seated", address__confirmed_at=None
    )
    for seat in seats.select_related("workshop").iterator():
        since = seat.seated_at or seat.registered_at
        patience = min(
            timedelta(hours=seat.workshop.confirm_hours), (seat.workshop.starts_at - since) / 2
        )
        seat.confirm_by = since + max(patience, timedelta(hours=1))
        seat.save(update_fields=["confirm_by"])


class Migration(migrations.Migration):
    dependencies = [("workshops", "0002_rights_of_staff")]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="confirm_by",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="seat kept for an unconfirmed address until"
            ),
        ),
        migrations.RunPython(keep_what_was_promised, migrations.RunPython.noop),
    ]
