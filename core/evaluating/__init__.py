"""How good are the recommendations? Measured the way they are used: learn from before a week, answer that week's mail.

The same function serves the command line and notebooks::

    scope = open_desk().operator()
    measured = evaluate(scope)
    print(measured)
    measured.summary

What people decided by hand is the answer. Every learner sees the same folds and the same fields of a message. Beside
what Straydesk recommends: four readable baselines in SQL, and two learners from libraries that only tests need.
"""

from core.evaluating.learners import LEARNERS
from core.evaluating.result import Evaluation
from core.evaluating.running import evaluate, evaluate_twice

__all__ = ["LEARNERS", "Evaluation", "evaluate", "evaluate_twice"]
