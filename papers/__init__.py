"""Papers that people take away: receipts, copies and certificates, as PDF or as plain text."""

from papers.paper import Paper, PaperSection
from papers.pdf import pdf_of
from papers.text import text_of

__all__ = ["Paper", "PaperSection", "pdf_of", "text_of"]
