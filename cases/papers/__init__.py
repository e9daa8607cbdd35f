"""Papers that people take away: receipts and copies as PDF or text, and the questions to prepare offline."""

from cases.papers.paper import Paper, PaperSection
from cases.papers.pdf import pdf_of
from cases.papers.questionnaire import questions_docx, questions_txt
from cases.papers.text import text_of

__all__ = ["Paper", "PaperSection", "pdf_of", "questions_docx", "questions_txt", "text_of"]
