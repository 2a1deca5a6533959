"""One HTML page that needs no other file."""
from __future__ import annotations

from pathlib import Path

from .markup import text

_PLUGIN = "Outbreak Atlas"
_STYLE = Path(__file__).resolve().parents[3] / "resources" / "report.css"
#: Nothing may run in the page or be fetched by it: names in it are other people's.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(heading: str, title: str, kind: str, body: str) -> str:
    """The page with its style; heading and title may come from data, the body is HTML already."""
    return "".join((
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<title>{text(title)}</title><style>{_STYLE.read_text(encoding="utf-8")}</style></head><body><main>',
        f'<header><p class="kind">{_PLUGIN}: {text(kind)}</p><h1 dir="auto">{text(heading)}</h1></header>',
        body, "</main></body></html>\n",
    ))
