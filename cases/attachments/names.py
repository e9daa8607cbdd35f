"""File names as they may be kept, shown and given back."""

from __future__ import annotations

import re
import unicodedata

#: Characters that a name may have, its extension included.
LONGEST_NAME = 120

#: Marks that turn the direction of writing: with them «gpj.exe» can look like «exe.jpg».
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = re.compile(f"[{_DIRECTION}\u00ad\u200b\u2028\u2029\ufeff\ufff9-\ufffb]")
#: What some system cannot have in a name; the slashes are gone by then.
_AWKWARD = re.compile(r'[<>:"|?*]')


def clean(name: str) -> str:
    """The last part of a path without anything that misleads or breaks: safe to show and to offer as a download."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _INVISIBLE.sub("", unicodedata.normalize("NFC", name))
    name = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cs", "Cn", "Co"))
    name = " ".join(_AWKWARD.sub("_", name).split())
    # Windows drops dots and spaces at the end, which would make another extension the last one.
    name = name.rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return (extension or "file")[:LONGEST_NAME]
    extension = extension[:20]
    room = LONGEST_NAME - len(extension) - 1
    return f"{stem.strip(' .')[:room].rstrip(' .') or 'file'}.{extension}"


def extension(name: str) -> str:
    """In lower case and without the dot, the last of several; "" when the name has none."""
    _stem, dot, last = name.rpartition(".")
    return last.lower() if dot else ""
