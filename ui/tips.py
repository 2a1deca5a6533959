"""Tool tips that hold text of the data."""
from __future__ import annotations

from html import escape


def tip(text: str) -> str:
    """A text as a tool tip that wraps its lines and shows < and & as they are; "" stays so."""
    return "<qt>{}</qt>".format(escape(text, quote=False).replace("\n", "<br/>")) if text else ""
