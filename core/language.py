"""The language people read: gettext, with the catalogue chosen for each context (a page run, a command)."""

import gettext
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "es": "Español"}
CATALOGUES = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language, read from its .po file so that nothing has to be compiled beforehand."""
    path = CATALOGUES / language / "LC_MESSAGES" / "straydesk.po"
    if language == "en" or not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def speak(language: str) -> None:
    """Use this language (`en`, `es`, or a longer tag such as `es-MX`) for the rest of this context."""
    short = language.replace("_", "-").split("-")[0].lower()
    _language.set(short if short in LANGUAGES else "en")


def spoken() -> str:
    """The language in use, as its two-letter code."""
    return _language.get()


def _(sentence: str) -> str:
    """The sentence in the language in use."""
    return _catalogue(_language.get()).gettext(sentence)


def n_(one: str, many: str, count: int) -> str:
    """The form of the sentence that fits the count."""
    return _catalogue(_language.get()).ngettext(one, many, count)
