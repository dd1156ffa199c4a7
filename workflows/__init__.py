"""The publishing domain: packages, reviews, disclosure, release. Start reading at `vocabulary.py`.

Nothing here knows HTTP, and SpiffWorkflow is one layer further down.
"""
