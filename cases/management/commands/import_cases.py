"""Desk research from files, onto the shelf."""

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases import desk_research


class Command(BaseCommand):
    help = (
        "Publishes the cases of JSON files as desk research, marked as such, with their sources. Safe to repeat: a case "
        "that is as before stays as it is, one that has changed gets a new version. What cannot be published is refused "
        "one by one, with the reason; the rest is published."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="JSON files, each a list of cases")

    def handle(self, *args, files: list[Path], **options) -> None:
        at = timezone.now()
        unread = []
        for path in files:
            try:
                rows = desk_research.read(path)
            except desk_research.Unreadable as trouble:
                unread.append(str(trouble))
                continue
            self._take_in(path, rows, at)
        if unread:
            raise CommandError("\n".join(unread))

    def _take_in(self, path: Path, rows: list, at) -> None:
        counted: Counter[str] = Counter()
        refused = []
        for number, told in enumerate(desk_research.take_in(rows, at=at), 1):
            counted[told.outcome] += 1
            if told.outcome == "refused":
                refused.append(told)
            self.stdout.write(f"{number:>5}/{len(rows)}  {told.outcome:9}  {told.title[:100]}")
        self.stdout.write(
            f"\n{path.name}: {counted['new']} new, {counted['changed']} changed, {counted['as before']} as before, "
            f"{counted['refused']} refused."
        )
        for told in refused:
            self.stdout.write(f"  refused: {told.title[:100]}: {told.reason}")
