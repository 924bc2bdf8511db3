"""One mail that somebody asks about, read within the same bounds as collected mail."""

from core.errors import InvalidInput
from core.language import _
from core.parsing import ParsedMessage, beside
from core.parsing.bounds import Refused
from core.scope import Scope


def read(scope: Scope, raw: bytes) -> ParsedMessage:
    """The mail these bytes are. Raises InvalidInput for one that takes too long or too much memory to read."""
    limits = scope.desk.configuration.limits
    (answer,) = beside.pool.parse([(raw, None, True, len(raw), "")], limits.of_mail, limits.of_parser)
    if isinstance(answer, Refused):
        raise InvalidInput(_refusal(answer), _("The limits are in the configuration, under [limits]."))
    return answer


def _refusal(refused: Refused) -> str:
    if refused.code == "parser_time":
        return _("Reading this mail takes longer than {limit}.").format(limit=refused.detail)
    if refused.code == "parser_memory":
        return _("Reading this mail takes more memory than {limit}.").format(limit=refused.detail)
    return _("This mail ended the parser ({how}).").format(how=refused.detail)
