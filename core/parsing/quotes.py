"""Where the history begins that mail programs quote below a reply, in English, Spanish and a few languages more."""

import re

_LONGEST_INTRODUCTION = 4  # lines over which a program wraps "On … wrote:"
_LONGEST_FOOTER = 12

_QUOTED = r"[ \t>*|]{0,8}"
_BEGINS = re.compile(rf"{_QUOTED}_?(?:On|El|En|Le|Am|Op|Il|Em|Den|W dniu|\d{{1,4}})\b", re.IGNORECASE)
_WROTE = re.compile(
    r"(?:wrote|writes|said|escribi[oó]|escribe|écrit|schrieb|scritto|schreef|escreveu|skrev|napisała?|napisał\(a\))"
    r"[^\w\n]{0,12}$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    rf"{_QUOTED}(?:-{{2,}}+|_{{5,}}+|={{5,}}+)\s?"
    r"[^\n]{0,60}\b(?:original|forwarded|reenviado|reply|mensaje|message|nachricht|messaggio|bericht)\b[^\n]{0,60}[-_=]{2}[\s*]*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(rf"{_QUOTED}(?:Begin forwarded message|Inicio del mensaje reenviado)\s?:\s*$", re.IGNORECASE)
_FROM = re.compile(rf"{_QUOTED}(?:From|De|Von|Van|Da|Expéditeur)[ \t]?:[*]{{0,2}}[ \t]*\S", re.IGNORECASE)
_FIELD = re.compile(
    rf"{_QUOTED}(?:Sent|Date|To|Cc|Subject|Reply-To|Enviado(?: el)?|Fecha|Para|Asunto|Gesendet|An|Betreff|Datum|Envoyé|"
    r"À|Objet|Inviato|A|Oggetto|Data)[ \t]?:",
    re.IGNORECASE,
)
_RULE = re.compile(r"[ \t]*(?:_{10,}|-{10,}|={10,})[ \t]*$")


def quoted_history(text: str) -> int:
    """The character offset at which quoted history starts, `len(text)` if there is none.

    Where quotes and answers alternate, only what follows the last answer counts as history. A text that is nothing
    but history, such as a forwarded mail, has none: there would be nothing left to read.
    """
    lines = text.split("\n")
    last_answer, last_quote = _last_answer(lines)
    begins = min(_introduced(lines, last_quote), _trailing_quote(lines, last_answer))
    if begins == len(lines) or not any(line.strip() for line in lines[:begins]):
        return len(text)
    return sum(len(line) + 1 for line in lines[:begins])


def newly_written(text: str) -> str:
    """The text without quoted history and without the quotes it answers: what a preview should show."""
    lines = text[: quoted_history(text)].split("\n")
    kept = [
        line
        for index, line in enumerate(lines)
        if not _is_quoted(line) and not (line.rstrip().endswith(":") and _introduction(lines, index))
    ]
    return "\n".join(kept)


def _last_answer(lines: list[str]) -> tuple[int, int]:
    """The last line somebody wrote, footers aside, and the last quoted line before it (-1 if there is none)."""
    last = _without_footer(lines)
    while last > 0 and (not lines[last - 1].strip() or _is_quoted(lines[last - 1])):
        last -= 1
    quote = last - 1
    while quote >= 0 and not _is_quoted(lines[quote]):
        quote -= 1
    return last - 1, quote


def _without_footer(lines: list[str]) -> int:
    """How many lines there are before the footer of a mailing list or a signature, if quotes stand right above it."""
    for index in range(len(lines) - 1, max(len(lines) - _LONGEST_FOOTER, 0), -1):
        if lines[index].rstrip() == "--" or _RULE.match(lines[index]):
            above = next((line for line in reversed(lines[:index]) if line.strip()), "")
            return index if _is_quoted(above) else len(lines)
    return len(lines)


def _is_quoted(line: str) -> bool:
    return line.startswith((">", " >", "| "))


def _introduced(lines: list[str], last_quote: int) -> int:
    """The line of the first introduction below which no quote was answered."""
    for index, line in enumerate(lines):
        if _separates(lines, index):
            return index - (1 if index and _RULE.match(lines[index - 1]) else 0)
        if index + 1 > last_quote and line and _introduction(lines, index):
            return index
    return len(lines)


def _separates(lines: list[str], index: int) -> bool:
    """Whether all below is history, marked as quoted or not."""
    line = lines[index]
    first = line.lstrip(" \t>*|")[:1]
    if not first or first not in "-_=FfDdVvBbIiEe":
        return False
    return bool(_SEPARATOR.match(line) or _FORWARDED.match(line)) or _is_header_block(lines, index)


def _is_header_block(lines: list[str], index: int) -> bool:
    """From:, followed by at least two other header fields, as Outlook writes them."""
    if not _FROM.match(lines[index]):
        return False
    following = [line for line in lines[index + 1 : index + 9] if line.strip(" \t>")]
    return sum(_FIELD.match(line) is not None for line in following[:6]) >= 2


def _introduction(lines: list[str], index: int) -> bool:
    """Whether "On … wrote:" begins on this line, or the line says who with an address."""
    line = lines[index]
    if line.rstrip().endswith(":") and "@" in line and _WROTE.search(line[-200:]):
        return True
    if not _BEGINS.match(line):
        return False
    joined = ""
    for following in lines[index : index + _LONGEST_INTRODUCTION]:
        if not following.strip():
            return False
        joined = f"{joined} {following[-400:]}"
        if ":" in joined[-12:] and _WROTE.search(joined[-200:]):
            return any(sign.isdigit() or sign == "@" for sign in joined)
    return False


def _trailing_quote(lines: list[str], last_answer: int) -> int:
    """The line where the last block of quoted lines begins that nobody answered."""
    below = range(last_answer + 1, len(lines))
    return next((index for index in below if _is_quoted(lines[index])), len(lines))
