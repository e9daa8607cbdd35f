import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    initial = True

    dependencies = [("people", "0001_people")]

    operations = [
        migrations.CreateModel(
            name="LocalLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to", models.CharField(db_index=True, max_length=254, verbose_name="to")),
                ("subject_line", models.CharField(max_length=250, verbose_name="subject")),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("raw", models.BinaryField()),
            ],
            options={
                "verbose_name": "mail on this machine",
                "verbose_name_plural": "mail on this machine",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("beat_at", models.DateTimeField()),
                ("rests_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True, verbose_name="key")),
                ("kind", models.CharField(max_length=40, verbose_name="letter")),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.CharField(max_length=64)),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="people.address",
                        verbose_name="to",
                    ),
                ),
                ("language", models.CharField(max_length=12, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("template", models.CharField(max_length=100, verbose_name="template")),
                ("context", models.JSONField(blank=True, default=dict)),
                ("attachments", models.JSONField(blank=True, default=list)),
                (
                    "list_unsubscribe",
                    models.BooleanField(default=False, verbose_name="can be stopped with one click"),
                ),
                (
                    "skip_stopped",
                    models.BooleanField(default=True, verbose_name="not to people who stopped this kind"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("expired", "no longer needed"),
                            ("bounced", "bounced"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("promised_at", models.DateTimeField(verbose_name="promised for")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="of no use after")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="refusals")),
                ("troubles", models.PositiveSmallIntegerField(default=0, verbose_name="times put off")),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="what went wrong")),
                (
                    "message_id",
                    models.CharField(db_default="", max_length=200, unique=True, verbose_name="Message-ID"),
                ),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("subject_line", models.CharField(blank=True, max_length=250, verbose_name="subject")),
                ("text", models.TextField(blank=True, verbose_name="text")),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["state", "due_at", "promised_at"], name="outbox_state_due"),
                    models.Index(fields=["kind", "id"], name="outbox_kind"),
                    models.Index(fields=["subject_kind", "subject_id"], name="outbox_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=~Q(message_id=""), name="every_letter_has_a_message_id"),
                    models.CheckConstraint(
                        condition=~Q(state="sent") | Q(sent_at__isnull=False), name="a_sent_letter_says_when"
                    ),
                ],
            },
        ),
    ]
