"""Colours of charts that people with any kind of colour vision tell apart (Okabe and Ito 2008)."""
from __future__ import annotations

BLUE, SKY, GREEN, ORANGE, VERMILION = "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00"
GREY = "#808080"
#: For clusters on a map, the heaviest first (Tol 2021, "Colour schemes", the scheme muted), and for all others.
CLUSTERS = ("#882255", "#332288", "#117733", "#44aa99", "#cc6677", "#999933", "#aa4499", "#88ccee", "#ddcc77")
OTHER_CLUSTERS = "#9a9085"
