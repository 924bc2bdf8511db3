"""Routes recommended from what people decide by hand again and again, with their evidence.

    scope = open_desk().operator()
    found = recommendations(scope, bound=0.8)
    print(found.sentence)
    for each in found.offered:
        print(each.sentence)

Everything is counted by queries (sql/recommend_*.sql). What a candidate would have caught is asked of the statement
that routes live mail (sql/match.sql), so that its promise and what its route does later cannot differ.
"""

from core.recommendations.asking import BOUND, SHADOW
from core.recommendations.reading import recommendations
from core.recommendations.recommendation import Answer, Blocked, Recommendation, Recommended

__all__ = ["BOUND", "SHADOW", "Answer", "Blocked", "Recommendation", "Recommended", "recommendations"]
