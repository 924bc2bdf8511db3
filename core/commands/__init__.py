"""The verbs of `python -m core`: functions that read options, ask core and print; nothing is decided here."""
