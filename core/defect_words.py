"""What each defect of a message means and what was done about it, in sentences; the codes are those of core/parsing."""

from typing import NamedTuple

from core.language import _


class Explained(NamedTuple):
    """A defect: its code, its detail as found (empty if there is none), and a sentence about it."""

    code: str
    detail: str
    sentence: str


def explained(defects: list[str]) -> list[Explained]:
    """Each defect of a message, in the order found."""
    words = sentences()
    told = [defect.partition(": ") for defect in defects]
    return [Explained(code, detail, words[code]) for code, _colon, detail in told if code in words]


def sentences() -> dict[str, str]:
    """The sentence of every code."""
    return _of_parser() | _of_header() | _of_structure() | _of_content()


def _of_parser() -> dict[str, str]:
    return {
        "parser_time": _(
            "Reading it took longer than allowed, every time it was tried. Only its header was "
            "read, if that. Raise [limits] parse_seconds and retry."
        ),
        "parser_memory": _(
            "Reading it took more memory than allowed, every time it was tried. Only its header "
            "was read, if that. Raise [limits] parse_memory and retry."
        ),
        "parser_ended": _(
            "It ended the process that reads mail, every time it was tried. Only its header was "
            "read, if that."
        ),
        "parser_failed": _(
            "The parser met something that nobody had thought of. Its header was read, its body "
            "was not. Retry after an upgrade."
        ),
        "undecidable": _("It could be read, but not be stored as read. Only its bytes are kept."),
        "too_large": _(
            "It is over a limit: “size” of the mail, “depth” or “parts” of its structure, or "
            "“header_bytes”. What lies beyond was not read. Raise that value under [limits] and "
            "retry. Of a mail over the size only the header was fetched: once the limit lets it in, "
            "the next collecting fetches the whole, if it still lies on the server."
        ),
    }  # fmt: skip


def _of_header() -> dict[str, str]:
    return {
        "header_missing": _("There is no header field at all, so nobody knows whom it is from or to."),
        "header_line_broken": _(
            "A line of the header is no field. It was left out, and the fields below it were "
            "read."
        ),
        "header_not_ended": _(
            "No blank line ends the header. What follows the last field was taken for the body."
        ),
        "header_repeated": _(
            "A field that may stand there once stands there several times. The first one counts; "
            "of recipients, all do."
        ),
        "leading_blank_lines": _("Blank lines stand before the header. They were skipped."),
        "envelope_line": _("An mbox envelope line (“From …”) stands before the header. It was skipped."),
        "from_missing": _("It does not say whom it is from. A repair can supply a sender."),
        "from_several": _("It names several senders. The first valid address counts."),
        "address_invalid": _(
            "An address is none, such as the name of a list. It is shown as written and takes "
            "part in no route."
        ),
        "date_unreadable": _("Its date can't be read. The time it was received counts."),
        "references_cut": _(
            "It names more earlier messages than anybody answers to. The last 200 were kept."
        ),
        "encoded_word_cut_off": _(
            "An encoded word in the header is cut off. What there is of it was decoded."
        ),
    }  # fmt: skip


def _of_structure() -> dict[str, str]:
    return {
        "content_type_unreadable": _(
            "A content type can't be read. The part was taken for text, or for a file where it "
            "has a name."
        ),
        "parameter_separator_missing": _(
            "A semicolon is missing between parameters. They were told apart by their blanks."
        ),
        "boundary_missing": _(
            "What separates its parts is not declared, or stands nowhere. A likely line was taken "
            "instead, else all of it is text."
        ),
        "boundary_not_closed": _(
            "The last part is not closed, so the mail may be cut off. The part goes on to the "
            "end."
        ),
        "parts_after_end": _("Parts follow after the end of the last one. They were read as well."),
        "file_name_unsafe": _(
            "The name of an attachment has a path, or signs nobody sees. It was made safe."
        ),
    }  # fmt: skip


def _of_content() -> dict[str, str]:
    return {
        "unknown_charset": _(
            "It declares a charset that does not exist. UTF-8 was tried, then Windows-1252; a "
            "repair can assume another."
        ),
        "charset_mismatch": _(
            "Its text is not in the charset it declares. What fits best was taken; a repair can "
            "assume another."
        ),
        "unknown_transfer_encoding": _(
            "It declares an encoding that does not exist. The content was left as it is."
        ),
        "base64_mixed_with_text": _("Plain text stands in encoded content. Both were read."),
        "base64_junk": _("Signs stand in encoded content that do not belong there. They were skipped."),
        "base64_broken": _("Encoded content is cut off or ends in between. What can be decoded was."),
        "quoted_printable_broken": _("Encoded content has escapes that are none. They stand as written."),
        "uuencode_broken": _("Encoded content has broken lines. They were mended or skipped."),
        "text_cut": _("Its text is longer than a million characters. The rest is in the original only."),
        "html_cut": _("Its HTML is longer than five million characters. The rest is in the original only."),
    }  # fmt: skip
