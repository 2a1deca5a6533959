"""Colours of charts that people with any kind of colour vision tell apart (Okabe and Ito 2008)."""
from __future__ import annotations

BLUE, SKY, GREEN, ORANGE, VERMILION = "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00"
GREY = "#808080"
