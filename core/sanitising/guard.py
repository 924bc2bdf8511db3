"""The allow list, enforced by nh3 on a real parse of the fragment: what is not listed here is not in the document."""

import re

import nh3

_BOX = {"align", "valign", "bgcolor", "width", "height"}
_CELL = _BOX | {"colspan", "rowspan", "style", "dir", "title"}
_PLAIN = {"style", "dir", "title", "align"}
_LISTS = {"style", "dir", "type", "start"}
_FLOWING = """
    div p h1 h2 h3 h4 h5 h6 blockquote pre center address section article header footer main dl dt dd figure figcaption
    span b strong i em u s strike del ins small big sub sup code kbd samp tt var cite q abbr mark bdi
"""

TAGS: dict[str, set[str]] = {
    **dict.fromkeys(_FLOWING.split(), _PLAIN),
    "font": {"color", "face", "size", "style"},
    **dict.fromkeys(("ul", "ol", "li"), _LISTS),
    "table": _BOX | {"border", "cellpadding", "cellspacing", "style", "dir"},
    **dict.fromkeys(("thead", "tbody", "tfoot", "tr", "caption"), _BOX | {"style"}),
    **dict.fromkeys(("td", "th"), _CELL),
    "img": {"src", "alt", "width", "height", "style"},
    "br": set(),
    "hr": set(),
    "wbr": set(),
}
VOID = frozenset({"br", "hr", "wbr"})
CLASSES = {"span": {"link", "target", "differs", "picture"}}

PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
WORD = re.compile(r"[\w #,.'-]{1,100}")
LIMITS = {
    "colspan": 100,
    "rowspan": 1000,
    "border": 10,
    "cellpadding": 50,
    "cellspacing": 50,
    "width": 1600,
    "height": 1600,
}

_PROPERTIES = """
    color background-color background font-weight font-style font-size font-family text-align text-decoration
    text-transform vertical-align white-space direction padding padding-top padding-right padding-bottom padding-left
    margin margin-top margin-right margin-bottom margin-left border border-top border-right border-bottom border-left
    border-color border-style border-width border-radius border-collapse border-spacing width height max-width
    list-style-type display
"""
PROPERTIES = frozenset(_PROPERTIES.split())
# Words, numbers and colours. No backslash, no quotation inside, and no function but the four that make a colour.
VALUE = re.compile(r"""(?:[\w\s#%.,'"-]|\b(?:rgba?|hsla?)\([\d\s.,%/]{1,60}\))*""", re.IGNORECASE | re.ASCII)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgba?|hsla?)\([^)]*+\)", re.ASCII)
URL = re.compile(r"url\([^)]*+\)")
NUMBER = re.compile(r"(?<![\w.])(-?\d*\.?\d+)(px|pt|pc|em|rem|ex|ch|%|in|cm|mm|vw|vh|vmin|vmax|q)?(?!\w)", re.ASCII)
LARGEST = {"px": 1600, "pt": 1200, "em": 100, "rem": 100, "ex": 200, "ch": 200, "%": 400, "": 1000}
FONT_SIZES = {"px": (8, 72), "pt": (6, 54), "em": (0.6, 4.5), "rem": (0.6, 4.5), "%": (60, 450)}
DISPLAYS = frozenset({"none", "block", "inline", "inline-block", "table", "table-row", "table-cell", "list-item"})


def guarded(fragment: str) -> str:
    """The fragment as a real parser reads it, with listed elements, attributes and values only."""
    return nh3.clean(
        fragment,
        tags=set(TAGS),
        attributes=TAGS,
        clean_content_tags={"script", "style"},
        allowed_classes=CLASSES,
        attribute_filter=_value,
        url_schemes={"data"},
        link_rel=None,
    )


def _value(_tag: str, attribute: str, value: str) -> str | None:
    """The value to keep for an attribute, or None to drop it."""
    match attribute:
        case "src":
            return value if PICTURE.fullmatch(value) else None
        case "style":
            return harmless_style(value[:4000]) or None
        case "alt" | "title" | "class":
            return value
        case _ if attribute in LIMITS:
            return _bounded(value.strip(), LIMITS[attribute])
        case _:
            return value if WORD.fullmatch(value) else None


def _bounded(value: str, largest: int) -> str | None:
    number = value.removesuffix("px").removesuffix("%")
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        return None
    return value if int(number) <= (100 if value.endswith("%") else largest) else None


def harmless_style(style: str) -> str:
    """The declarations of an inline style that only colour, space and align."""
    declarations = (each.partition(":")[::2] for each in style.split(";"))
    pairs = ((name.strip().lower(), _plain(value)) for name, value in declarations)
    return ";".join(f"{name}:{value}" for name, value in pairs if value and _is_harmless(name, value))


def _plain(value: str) -> str:
    """The value without picture and priority: a background keeps its colour, the base style has the last word."""
    return URL.sub("", value.lower()).replace("!important", "").strip()


def _is_harmless(name: str, value: str) -> bool:
    if name not in PROPERTIES or len(value) > 200 or not VALUE.fullmatch(value):
        return False
    if name == "display":
        return value in DISPLAYS
    measures = COLOUR.sub("", value)
    if re.search(r"\d", NUMBER.sub("", measures)):
        return False  # a number we don't understand, such as 1e6px
    numbers = [(float(number), unit) for number, unit in NUMBER.findall(measures)]
    if name == "font-size":
        return all(low <= number <= high for number, unit in numbers for low, high in [FONT_SIZES.get(unit, (1, 0))])
    share = 8 if name.startswith(("padding", "margin", "border")) else 1
    return all(0 <= number <= LARGEST.get(unit, 0) / share for number, unit in numbers)
