"""Desks to measure recommendations on: `python -m tests.evaluation` makes them and prints what came out.

Not part of the test run: it takes minutes. tests/test_evaluating.py runs a small one of each.
"""
