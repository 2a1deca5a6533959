"""What a finished GeoPackage says about itself, as far as showing it needs."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.schema import Step
from .temporal import Period
from .translation import tr

#: What the zone is called where the data name none (`core.zones.AS_WRITTEN`, which needs pandas to be read).
_AS_WRITTEN = "as written"


@dataclass(frozen=True)
class Description:
    """A dataset in a file; `located`: how many of its places have a point."""

    path: Path
    period: Period
    zone: str
    metrics: tuple[str, ...]
    levels: tuple[str, ...]
    totals_level: str
    sources: tuple[str, ...]
    datum: str
    synthetic: bool
    located: int

    @property
    def title(self) -> str:
        """The name of the layer; a synthetic dataset says so."""
        name = self.path.stem
        return tr("{name} (synthetic sample)").format(name=name) if self.synthetic else name

    @property
    def named_zone(self) -> str:
        """The zone whose clock all times are of; "" where the data name none."""
        return "" if self.zone == _AS_WRITTEN else self.zone

    def abstract(self) -> str:
        """A paragraph for the layer's metadata."""
        sentences = [
            tr("Loaded from {files} by Outbreak Atlas.").format(files=", ".join(self.sources)),
            tr("All times are in the zone {zone}.").format(zone=self.named_zone) if self.named_zone
            else tr("All times are as written in the data."),
            tr("Datum of the source: {datum}; the points are WGS 84.").format(datum=self.datum),
        ]
        if self.synthetic:
            sentences.insert(0, tr("Synthetic: invented for demonstration, it describes no real place."))
        return " ".join(sentences)


def read_description(path: Path) -> Description:
    """Read a dataset's own table; an error if the file is not one of ours."""
    from ..core.steps import played_period
    from ..store.facts import read_info

    info = read_info(path)
    step = Step(info["step"])
    # Reports with a mistyped year stay in the data, but playing does not run through empty years to them.
    begin, end = played_period(info["span_first"], info["span_last"], step)
    return Description(
        path=path,
        period=Period(begin, end, step),
        zone=info["time_zone"], metrics=tuple(info["metrics"]), levels=tuple(info["levels"]),
        totals_level=info["totals_level"], sources=tuple(info["sources"]), datum=info["datum"],
        synthetic=bool(info["synthetic"]), located=int(info["located"]),
    )
