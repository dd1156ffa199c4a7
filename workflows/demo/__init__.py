"""云岚县, a county that does not exist: its offices, its people, and fourteen documents on their way.

Everything here is invented. It is loaded through the same verbs that people use, so that the demo's
trail is a real trail; only the clock is turned back, to give the county a week of work behind it.
"""
