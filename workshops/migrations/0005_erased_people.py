from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0004_who_may_register")]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="erased at"),
        ),
        migrations.AddField(
            model_name="registration",
            name="let_go_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False), ("let_go_at", None)),
                fields=["erased_at"],
                name="registration_to_let_go",
            ),
        ),
    ]
