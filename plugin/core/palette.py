"""Colours of charts that people with any kind of colour vision tell apart (Okabe and Ito 2008)."""
from __future__ import annotations

BLUE, SKY, GREEN, ORANGE, VERMILION = "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00"
GREY = "#808080"
#: Colours of areas and points that lie beside each other on a map, as light and dark as each other's neighbours allow
#: (Tol 2021, "Colour schemes", scheme muted, in an order that sets the first ones apart most).
CLUSTERS = ("#882255", "#332288", "#117733", "#44aa99", "#cc6677", "#999933", "#aa4499", "#88ccee", "#ddcc77")
OTHER_CLUSTERS = "#5f5a52"
