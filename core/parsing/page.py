"""A page of text as it is set, line by line, from the elements of an HTML document."""

_BLOCKS = {
    "address", "article", "aside", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "header", "html", "legend", "main", "nav", "section", "table", "tbody", "tfoot",
    "thead", "title", "tr",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol"}
_LISTS = {"ul", "ol"}
_CELLS = {"td", "th"}
SET = _BLOCKS | _PARAGRAPHS | _CELLS | {"a", "br", "hr", "img", "li"}
"""The elements that change how text is set."""

_DEEPEST = 50
_LONGEST_LINK = 2000
_BETWEEN_CELLS = " | "


class Page:
    """Sets text into lines: breaks, quotes, list items, cells of a row."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._breaks = 0  # line ends due before the next text
        self._between = ""  # what stands between the last text and the next on the same line
        self._quotes = self._quotes_above = 0  # how deep the next text is quoted, and the last one was
        self._lists: list[int] = []  # number of the next item, 0 in a list without numbers
        self._preformatted = 0
        self._at_item = False  # only the mark of a list item stands on the line yet
        self._link, self._link_begins = "", 0

    def read(self) -> str:
        """The text so far."""
        return "".join(self._out).strip("\n")

    def text(self, text: str) -> None:
        """Set text; white space counts only in preformatted text."""
        if self._preformatted:
            self._set_lines(text)
            return
        words = text.split()
        if not words or text[0].isspace():
            self._between = self._between or " "
        if words:
            self._put(" ".join(words))
            self._between = " " if text[-1].isspace() else ""

    def open(self, tag: str, attribute: str) -> None:
        """An element begins; `attribute` is where a link leads, what an image shows, or the first number of a list."""
        if tag in _BLOCKS:
            self._block(1)
        elif tag in _CELLS:
            self._between = self._between or " "
        elif tag == "br":
            self._end_line()
        elif tag == "a":
            self._link, self._link_begins = attribute.strip()[:_LONGEST_LINK], len(self._out)
        elif tag == "img":
            self.text(attribute)
        elif tag == "li":
            self._item()
        elif tag == "hr":
            self._block(1)
            self._put("---")
            self._block(1)
        else:
            self._around(tag)
            self._enter(tag, attribute)

    def close(self, tag: str) -> None:
        """An element ends."""
        if tag in _BLOCKS:
            self._block(1)
        elif tag == "a":
            self._end_link()
        elif tag in _CELLS:
            self._between = _BETWEEN_CELLS
        elif tag == "li":
            self._block(1)
        else:
            self._leave(tag)
            self._around(tag)

    def _enter(self, tag: str, start: str) -> None:
        if tag == "blockquote":
            self._quotes = min(self._quotes + 1, _DEEPEST)
        elif tag == "pre":
            self._preformatted += 1
        elif tag in _LISTS and len(self._lists) < _DEEPEST:
            self._lists.append(0 if tag == "ul" else int(start) if start.isdecimal() and len(start) < 6 else 1)

    def _leave(self, tag: str) -> None:
        if tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "pre":
            self._preformatted = max(self._preformatted - 1, 0)
        elif tag in _LISTS and self._lists:
            self._lists.pop()

    def _around(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._block(1 if tag in _LISTS and self._lists else 2)

    def _block(self, breaks: int) -> None:
        """At least this many line ends come before the next text."""
        if not self._at_item:
            self._breaks = max(self._breaks, breaks)
        self._between = ""

    def _end_line(self) -> None:
        self._breaks = min(self._breaks + 1, 3)
        self._between = ""

    def _set_lines(self, text: str) -> None:
        for index, line in enumerate(text.split("\n")):
            if index:
                self._end_line()
            if line:
                self._put(line)

    def _item(self) -> None:
        self._at_item = False
        self._block(1)
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        self._put("  " * (len(self._lists) - 1) + (f"{number}. " if number else "- "))
        self._at_item = True

    def _end_link(self) -> None:
        """A link is kept as text: its address follows what it says, unless it says the address already."""
        address, self._link = self._link, ""
        if not address or address.startswith("#"):
            return
        said = "".join(self._out[self._link_begins :])
        if said.strip() and _bare(address) not in said:
            self._put(f" <{address}>")

    def _put(self, text: str) -> None:
        prefix = "> " * self._quotes
        if not self._out:
            self._out.append(prefix)
        elif self._breaks:
            blank = "\n" + ("> " * min(self._quotes, self._quotes_above)).rstrip(" ")
            self._out.append(blank * (self._breaks - 1) + f"\n{prefix}")
        elif self._between and not self._out[-1].endswith(" "):
            self._out.append(self._between)
        self._breaks, self._between, self._at_item, self._quotes_above = 0, "", False, self._quotes
        self._out.append(text)


def _bare(address: str) -> str:
    """The part of an address that people write."""
    return address.removeprefix("mailto:").removeprefix("https://").removeprefix("http://").rstrip("/")
