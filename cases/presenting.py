"""The content of a public version as a page shows it: what ``cases/_as_readers_see.html`` is given."""

from __future__ import annotations

from typing import Any

from cases import answers, comparing, editions, pictures, reading
from cases.questions import lang_of

#: Fields that stand in a row of facts, in this order; the rest has a place of its own on the page.
_FACTS = ("year", "organisation", "border", "sectors", "stages", "mechanisms", "instruments", "tags")


def presented(content: dict, *, pictures_at: str = "") -> dict[str, Any]:
    """Content, sections with their headings, places in words, facts, pictures and files. ``pictures_at``: an address
    with «CODE» and «WIDTH» for pictures that not everybody may see yet."""
    content = editions.checked(content)
    said = comparing.in_words(content)
    return {
        "content": content,
        "lang": lang_of(content["language"]),
        "sections": [
            {**section, "label": editions.label_of_section(section["key"])} for section in content["sections"]
        ],
        "places": [{**place, "words": answers.place(place)} for place in content["jurisdictions"]],
        "facts": [(comparing.name_of(key), said[key].replace("\n", ", ")) for key in _FACTS if said.get(key)],
        "pictures": pictures.shown(content["pictures"], at=pictures_at),
        "files": [{**file, "size_words": reading.size_in_words(file["size"])} for file in content["files"]],
        "licence": comparing.licence_name(content["licence"]),
        "licence_url": editions.LICENCE_URL,
    }
