"""Text whose paragraphs were wrapped for sending (format=flowed, RFC 3676)."""

import re

_QUOTES = re.compile(r">*")


def unflowed(text: str, delete_space: bool) -> str:
    """The text with its paragraphs joined again; `delete_space` is the DelSp parameter."""
    lines: list[list[str]] = []  # in pieces: a paragraph may be of millions of them
    open_depth = -1
    for line in text.split("\n"):
        depth = len(_QUOTES.match(line)[0])  # type: ignore[index]
        content = line[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        kept = content[:-1] if flows and delete_space else content
        if depth == open_depth and content != "-- ":
            lines[-1].append(kept)
        else:
            lines.append([f"{'>' * depth} {kept}" if depth else kept])
        open_depth = depth if flows else -1
    return "\n".join(map("".join, lines))
