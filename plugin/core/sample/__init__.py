"""A synthetic dataset of place-level reports with the shape of early 2020 in mainland China.

Everything about it is invented but the names and positions of cities (GeoNames) and the published
totals that its sums follow. A mark says so in every row (`synthetic` is "yes").

**Scale.** China counted 65,669 more cases in the sample's 88 days; 640,000 reports that each bring a change
need more than that. So every sum of the sample is the published figure times a whole number,
`SampleTable.scale`: one per 32,000 rows begun, hence 20 for the default 640,000 rows and 1 up to 32,000.

**Curve.** With the scale taken out, the sum over places of the last confirmed count reported by the end of
a day is the figure published for that day, apart from the inconsistencies planted (below 1 percent).
Published means the daily bulletins of the National Health Commission and of Hubei's health commission.
The 14,840 cases that Hubei counted on 12 February, most of them under a new definition, stand on that
day; Wuhan's revision (325 cases, 1,290 deaths) stands on 17 April, when it was announced.

**Liberties.** Counts never fall but where a fall is planted: Wuhan's 965 recoveries taken back on
17 April are left out, and cases moved between Hubei's cities in February are smoothed. Deaths and recoveries
are known in Hubei within 150 km of Wuhan and unknown (empty) elsewhere.

**Bytes.** The same parameters give the same bytes on every platform: randomness is the raw stream of
PCG64, and arithmetic is whole numbers or the basic operations that IEEE 754 rounds exactly.
"""
from __future__ import annotations

from .make import SampleTable, make_sample
from .write import write_sample

__all__ = ["SampleTable", "make_sample", "write_sample"]
