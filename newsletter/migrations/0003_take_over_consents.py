"""News that registrants of workshops wished for, or agreed to from their mailbox, become subscriptions.

Until now they were consents like others, «newsletter-wished» and «newsletter»; the way back makes them that again.
"""

from django.db import migrations

WISHED, AGREED = "newsletter-wished", "newsletter"
TOPICS = {"wants_events": True, "wants_reports": True, "wants_call": True}
NAMES = ["events", "reports", "call"]
BATCH = 500


def take_over(apps, schema_editor):
    Consent = apps.get_model("people", "Consent")
    Subscription = apps.get_model("newsletter", "Subscription")
    Record = apps.get_model("newsletter", "Record")
    news = Consent.objects.filter(kind__in=(WISHED, AGREED))
    addresses = list(news.order_by("address").values_list("address", flat=True).distinct())
    for first in range(0, len(addresses), BATCH):
        _take_over(addresses[first : first + BATCH], news, Subscription, Record)
    news.delete()


def _take_over(addresses, news, Subscription, Record):
    for address in addresses:
        # whatever was agreed to comes first, and of those the oldest
        consent = news.filter(address=address).order_by("kind", "given_at", "pk").first()
        agreed = consent.kind == AGREED
        said = {"topics": NAMES, "wording": f"workshop-{consent.wording}", "language": consent.language}
        subscription = Subscription.objects.create(
            address_id=address,
            state="confirmed" if agreed else "asked",
            language=consent.language,
            asked_at=consent.given_at,
            confirmed_at=consent.given_at if agreed else None,
            **TOPICS,
        )
        Record.objects.create(
            subscription=subscription, what="asked", at=consent.given_at, where="workshop", **said
        )
        if agreed:
            Record.objects.create(
                subscription=subscription, what="confirmed", at=consent.given_at, where="letter", **said
            )


def give_back(apps, schema_editor):
    Consent = apps.get_model("people", "Consent")
    Subscription = apps.get_model("newsletter", "Subscription")
    Record = apps.get_model("newsletter", "Record")
    standing = Subscription.objects.exclude(state="left").order_by("pk")
    for subscription in standing.iterator(chunk_size=BATCH):
        agreed = subscription.state == "confirmed"
        wording = Record.objects.filter(subscription=subscription).exclude(wording="").order_by("-pk").first()
        Consent.objects.create(
            address_id=subscription.address_id,
            kind=AGREED if agreed else WISHED,
            wording=wording.wording.removeprefix("workshop-") if wording else "",
            language=subscription.language,
            given_at=subscription.confirmed_at if agreed else subscription.asked_at,
            about_kind="address",
            about_id=str(subscription.address_id),
        )
    Record.objects.all().delete()
    Subscription.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0002_record_only_added"), ("people", "0002_events_only_added")]

    operations = [migrations.RunPython(take_over, give_back)]
