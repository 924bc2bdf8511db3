"""Who says who somebody is: the provider in `[auth]` of Streamlit's secrets, or nobody."""

from pathlib import Path

import streamlit as st

from core.errors import ConfigurationProblem, NotAllowed
from core.language import _

HERE = ("127.0.0.1", "::1", "localhost")


def has_provider() -> bool:
    """Whether people sign in by OpenID Connect here. Raises ConfigurationProblem for secrets that can't be read:
    Streamlit reports those as missing, and a typing error must not open the desk to everybody."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError as error:
        if any(Path(each).exists() for each in st.get_option("secrets.files")):
            raise ConfigurationProblem(_("The file of secrets can't be read, so nobody can sign in."),
                                       _("Correct secrets.toml and start again; the log says what is wrong.")
                                       ) from error  # fmt: skip
        return False


def is_verified() -> bool:
    """Whether the address is theirs. Some providers never say: whoever trusts such a one writes so in [auth]."""
    said = st.user.get("email_verified")
    if said is None:
        return st.secrets["auth"].get("trust_unverified_email") is True
    return str(said).lower() == "true"


def refuse_the_network() -> None:
    """Without sign-in everybody who reaches this may be anybody: that is for people at this machine only.

    Raises NotAllowed.
    """
    if st.get_option("server.address") not in HERE:
        raise NotAllowed(_("This desk can be reached from other machines, and nobody has to sign in."),
                         _("Write [auth] into .streamlit/secrets.toml, or serve 127.0.0.1 only."))  # fmt: skip
