"""One dataset as the dock works with it: its layer filtered and drawn, and its sums."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qgis.core import QgsVectorLayer

from ..core.errors import AtlasError
from ..core.filters import Area, FilterState, Shape, clipped, drawn_column
from ..core.heatsums import HeatLevel, heat_levels
from ..core.progress import Progress
from ..core.schema import main_metric
from ..core.series import Summary, curve
from ..core.steps import step_ms
from ..store.areas import area_words, place_labels
from ..store.peaks import Drawn, peak_points
from ..store.summary import content_stamp, read_shape, read_summary
from .description import Description, read_description
from .filtering import LayerFilter, bare_source, is_plain, own_ids, own_levels
from .heat import follow_scale, show_heat
from .layers import dataset_of
from .metric_styles import show_circles, shown_by
from .translation import tr
from .views import DockState, recall_dock, remember_dock

if TYPE_CHECKING:
    from ..core.summing import Rows


@dataclass(frozen=True)
class SumsRead:
    """Sums read from a dataset's rows: `summary` answers `question`, from the `rows` of the user's `own` filter;
    `whole` is of all rows. `reading`: of which reading of the file, as another's answer is out of date."""

    reading: object
    question: object
    own: str
    rows: Rows
    summary: Summary
    whole: Summary


class DatasetSession:
    """A layer `updates` with what its file says, and what is shown of it now.

    Raises `AtlasError` when the layer is none of a dataset, or its file lacks what the dock needs.
    """

    def __init__(self, layer: QgsVectorLayer) -> None:
        self.layer = layer
        self.layer_id: str = layer.id()
        self.path: Path = dataset_of(layer)
        self.read()
        self.filter = LayerFilter(layer)
        first = self.recall()
        self.state, self.heat = first.state, first.heat

    def read(self) -> None:
        """Read what the file says; again when it has changed."""
        self.description: Description = read_description(self.path)
        self.shape: Shape = read_shape(self.path)
        self._whole: Summary | None = read_summary(self.path)
        #: Told apart from others: what a background task finds in the file as it was is not kept.
        self._reading = object()
        self._sums: SumsRead | None = None
        self._mixed: bool | None = None
        self._levels: dict[object, tuple[HeatLevel, ...]] = {}
        self._source = bare_source(self.layer)
        self._stamp = content_stamp(self.path)
        self._refuse_missing_columns()

    def has_changed(self) -> bool:
        """Whether the file is another one than that which was read, or none any more."""
        try:
            return self._stamp != content_stamp(self.path)
        except AtlasError:
            return True

    def close(self) -> None:
        """Follow the layer no longer; its filter stays."""
        self.filter.close()

    def restore(self) -> None:
        """Give the layer back the filter and the time that it had of its own, and a style that suits them."""
        restored, default = self.filter.restore(), self.default_state()
        if restored and self.state.new != default.new and self.shows(self.state, self.heat):
            self.state = default
            self.draw(False, 0.0)
        self.filter.close()

    def default_state(self) -> FilterState:
        """Everything, by the main metric."""
        return FilterState(main_metric(self.shape.metrics), self.shape.events)

    # -- what there is

    def area_words(self) -> dict[Area, tuple[str, ...]]:
        """Words by which areas are found beside their names."""
        return area_words(self.path, self.shape.area_columns)

    def place_names(self) -> dict[str, str]:
        """What to call each place, by its id."""
        return place_labels(self.path)

    def kinds(self) -> tuple[str, ...]:
        """The kinds of place, "" for those without one."""
        return self._whole.groups.kinds if self._whole is not None else ()

    # -- what is remembered

    def recall(self) -> DockState:
        """How the dock stood, as far as it fits the dataset as it is now. What is drawn, the layer's style tells,
        unless that is the user's own."""
        kept = recall_dock(self.layer) or DockState(self.default_state())
        shown, state = shown_by(self.layer), self.fitting(kept.state)
        if shown is None:
            return replace(kept, state=state)
        return replace(kept, state=self._as_drawn(state, shown[0]), heat=shown[1])

    def _as_drawn(self, state: FilterState, column: str) -> FilterState:
        """The state with the metric that is in a column; events show old and new in the same one."""
        for metric in self.shape.metrics:
            for new in (state.new, not state.new):
                other = replace(state, metric=metric, new=new)
                if drawn_column(other, self.shape) == column:
                    return other if other.metric == state.metric and other.new == state.new else replace(
                        other, minimum=None)
        return state

    def fitting(self, state: FilterState) -> FilterState:
        """A stored state as far as the dataset still has what it names."""
        groups = self._whole.groups if self._whole is not None else None
        areas, kinds = (groups.areas, groups.kinds) if groups is not None else (None, None)
        return clipped(state, self.shape, areas, kinds)

    def remember(self, position_ms: int | None, date_label: bool) -> None:
        """Let the layer carry how the dock stands; it is saved with the project."""
        if not self.layer.isEditable():
            remember_dock(self.layer, DockState(self.state, self.heat, position_ms, date_label))

    # -- what the layer shows

    def apply(self, state: FilterState) -> None:
        """Filter the layer; raises `AtlasError` (nothing is changed then) while it is edited."""
        whole = self._whole
        self.filter.apply(state, self.shape, whole.groups.areas if whole is not None else ())
        self.state = state

    def draw(self, heat: bool, scale: float) -> None:
        """Draw the state's metric; for heat `find_heat` must have been asked before."""
        column = drawn_column(self.state, self.shape)
        limits = self.limits(self.state)
        self.heat = heat
        if heat:
            least = limits[0] if limits is not None else 0.0
            show_heat(self.layer, column, self.state.metric, self.state.new, self._levels[self._heat_key(self.state)],
                      least, scale)
        else:
            show_circles(self.layer, column, self.state.metric, self.state.new, limits,
                         self.description.located)

    def shows(self, state: FilterState, heat: bool) -> bool:
        """Whether the layer's style shows this state's column in this way."""
        return shown_by(self.layer) == (drawn_column(state, self.shape), heat)

    @property
    def whole(self) -> Summary | None:
        """Sums of the whole dataset; None while they must be read from the rows first, because they are stale."""
        return self._whole

    def limits(self, state: FilterState) -> tuple[float, float] | None:
        """Least and greatest value of a state's column over all frames."""
        whole = self._whole
        return whole.limits.get(drawn_column(state, self.shape)) if whole is not None else None

    def decimals(self, state: FilterState) -> int:
        """How many decimals a minimum of this metric needs."""
        limits = self.limits(state)
        return 0 if limits is None or all(float(one).is_integer() for one in limits) else 2

    # -- heat

    def knows_heat(self, state: FilterState) -> bool:
        return self._heat_key(state) in self._levels

    def find_heat(
        self, state: FilterState, whole: Summary, progress: Progress
    ) -> tuple[object, tuple[HeatLevel, ...]]:
        """The fixed maxima of a metric's heat. For another thread; give the result to `keep_heat`."""
        shape, key = self.shape, self._heat_key(state)
        line = curve(whole, FilterState(state.metric, state.new), shape.begin_ms, shape.end_ms)
        values = np.nan_to_num(line.new if state.new else line.total, nan=-np.inf)
        begin = int(line.begins[int(np.argmax(values))])
        column = drawn_column(state, shape)
        lon, lat, weight = peak_points(
            self.path, column, begin, begin + step_ms(shape.step), self._drawn(state), self.description.totals_level,
            progress)
        largest = whole.limits.get(column, (0.0, 0.0))[1] if not shape.events else 0.0
        return key, heat_levels(lon, lat, weight, largest)

    def follow_scale(self, scale: float) -> None:
        """Let the legend of heat name radius and maximum at the map's scale."""
        follow_scale(self.layer, self.state.metric, self.state.new, scale)

    def keep_heat(self, key: object, levels: tuple[HeatLevel, ...]) -> None:
        self._levels[key] = levels

    def _heat_key(self, state: FilterState) -> object:
        return self._reading, drawn_column(state, self.shape), state.new

    def _drawn(self, state: FilterState) -> Drawn:
        if state.new:
            return Drawn.BEGINNING
        return Drawn.SO_FAR if self.shape.events else Drawn.HOLDING

    # -- sums

    def sums(self, state: FilterState) -> Summary | None:
        """The sums from which a state is told; None: they must be read from the rows (`read_sums`) first."""
        if self._is_whole(state):
            return self._whole
        found = self._sums
        return found.summary if found is not None and found.question == _question(
            state, self.filter.own_subset) else None

    def read_sums(self, state: FilterState, own: str, progress: Progress) -> SumsRead:
        """Sums over the rows of the user's own filter, or from a minimum on. For another thread; keep the result."""
        # With pandas, which may be missing and takes long to import, while QGIS starts and mostly for nothing.
        from ..core.summing import build_summary
        from ..store.summarising import read_rows_for_summary, summarise

        reading, before, whole = self._reading, self._sums, self._whole
        plain = is_plain(own, self.description)
        if before is not None and before.own == own:
            rows = before.rows
        else:
            rows = read_rows_for_summary(self.path, None if plain else own_ids(self._source, own), progress)
        if whole is None:
            whole = build_summary(rows) if plain else summarise(self.path, progress)
        minimum = None if state.minimum is None else (drawn_column(state, self.shape), state.minimum)
        return SumsRead(reading, _question(state, own), own, rows, build_summary(rows, minimum), whole)

    def keep_sums(self, found: SumsRead) -> None:
        """Keep what `read_sums` found, unless the file has changed meanwhile."""
        if found.reading is self._reading:
            self._sums, self._whole = found, found.whole

    def own_filter_changed(self) -> None:
        """The user has filtered the layer himself: other rows count."""
        self._sums = self._mixed = None

    def mixes_levels(self) -> bool:
        """Whether the user's own filter lets rows of several levels through: provinces drawn over their cities. Sums
        are of one level only."""
        if len(self.description.levels) < 2 or is_plain(self.filter.own_subset, self.description):
            return False
        if self._mixed is None:
            self._mixed = own_levels(self._source, self.filter.own_subset) > 1
        return self._mixed

    def _is_whole(self, state: FilterState) -> bool:
        return (self._whole is not None and state.minimum is None
                and is_plain(self.filter.own_subset, self.description))

    def _refuse_missing_columns(self) -> None:
        there = set(self.layer.fields().names())
        needed = [*self.shape.metrics, *self.shape.area_columns, "shown_from", "shown_to", "kind", "flags"]
        gone = [name for name in needed if name not in there]
        if gone:
            message = tr("The layer “{layer}” has lost its column “{column}”: give it back its name, or load the "
                         "dataset again.")
            raise AtlasError(message.format(layer=self.layer.name(), column=gone[0]))


def _question(state: FilterState, own: str) -> object:
    """What sums depend on: the user's own filter, and the minimum of which column."""
    return own if state.minimum is None else (own, state.metric, state.new, state.minimum)
