"""The benchmark: what an act, a list and a step cost, told as ratios measured side by side in one run.

An operation is one claim and one completion, each a durable transaction of its own, trail included.
Contestants take turns in short rounds, so that whatever else the machine does meets all of them.
"""
