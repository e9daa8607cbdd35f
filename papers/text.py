"""Plain text for every reader, screen reader and decade to come."""

from __future__ import annotations

from papers.paper import Paper


def text_of(paper: Paper) -> str:
    """The whole paper as text: nothing is cut, wrapped or replaced."""
    blocks = [underlined(paper.title, "=")]
    if paper.subtitle:
        blocks.append(paper.subtitle)
    if paper.facts:
        blocks.append("\n".join(f"{label}: {value}" for label, value in paper.facts))
    for section in paper.sections:
        blocks.append("\n" + underlined(section.title, "-"))
        blocks += [f"{label}\n{indented(text)}" for label, text in section.items]
    if paper.footer:
        blocks.append("\n" + paper.footer)
    return "\n\n".join(blocks) + "\n"


def underlined(words: str, sign: str) -> str:
    return f"{words}\n{sign * min(len(words), 76)}"


def indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
