"""The step engine: BPMN, time and evidence.

People are ids and documents are business keys here; what publishing means is known one layer up.
A process is a value (`state`), a step is a pure function (`stepping.advance`), and everything else
in this package stores values, tells the function what happened, and keeps the evidence.
"""
