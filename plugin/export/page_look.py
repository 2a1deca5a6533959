"""Letters and colours of all pages: the shipped templates are written with them too."""
from __future__ import annotations

#: The first that a computer has is used: Windows and macOS have Arial, Linux one of the others; Chinese characters
#: come from whatever font has them.
FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans", "Open Sans", "Noto Sans", "DejaVu Sans")
INK, QUIET, WARNING = "#1a1a1a", "#5c5c5c", "#a3160c"
