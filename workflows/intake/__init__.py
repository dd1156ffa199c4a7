"""From an uploaded file or pasted text to clean HTML and what can be recognised in it."""

from workflows.intake.reading import Received, read_document, read_text
from workflows.intake.recognise import Recognised

__all__ = ["Received", "Recognised", "read_document", "read_text"]
