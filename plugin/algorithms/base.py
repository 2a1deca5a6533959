"""What all algorithms of the plugin share: names, help, the check for libraries, and how errors are said."""
from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from traceback import clear_frames
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
)
from qgis.PyQt.QtGui import QIcon

from ..bridge.dependencies import how_to_get, missing_libraries
from ..bridge.layers import dataset_of
from ..bridge.progress import FeedbackProgress
from ..bridge.translation import tr
from ..core.errors import AtlasError, Cancelled
from ..core.progress import Progress

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


class AtlasAlgorithm(QgsProcessingAlgorithm):
    """An algorithm whose `work` may raise `AtlasError` and `Cancelled`."""

    NAME = ""
    TITLE = ""
    GROUP = ("dataset", "Dataset")
    TAGS = "outbreak,epidemic,cases,temporal"
    ICON = "outbreak_atlas.svg"

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802 - Qt's name, as below
        return type(self)()

    def name(self) -> str:
        return self.NAME

    def displayName(self) -> str:  # noqa: N802
        return tr(self.TITLE)

    def groupId(self) -> str:  # noqa: N802
        return self.GROUP[0]

    def group(self) -> str:
        return tr(self.GROUP[1])

    def tags(self) -> list[str]:
        return tr(self.TAGS).split(",")

    def icon(self) -> QIcon:
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:  # noqa: N802
        return str(RESOURCES / "icons" / self.ICON)

    def shortHelpString(self) -> str:  # noqa: N802
        return QgsProcessingUtils.formatHelpMapAsHtml(self.help_texts(), self)

    def help_texts(self) -> dict[str, str]:
        """The explanations of `resources/help`, by the names that QGIS looks for."""
        path = RESOURCES / "help" / f"{self.NAME}.json"
        return {key: tr(text) for key, text in json.loads(path.read_text(encoding="utf-8")).items()}

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802
        missing = missing_libraries()
        return (not missing, how_to_get(missing) if missing else "")

    def advanced(self, parameter: QgsProcessingParameterDefinition) -> None:
        """Add a parameter that is folded away until asked for."""
        parameter.setFlags(parameter.flags() | Qgis.ProcessingParameterFlag.Advanced)
        self.addParameter(parameter)

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        accepted, reason = super().checkParameterValues(parameters, context)
        if not accepted:
            return False, reason
        try:
            self.look(parameters, context)
        except AtlasError as error:
            return False, error.message
        return True, ""

    def prepareAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        try:
            self.look(parameters, context)
        except AtlasError as error:
            raise _as_exception(error, feedback) from error
        return True

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Look at layers of the project, and refuse what cannot work: the only part on the main thread.

        Called when parameters are checked, and again before the work.
        """

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        self._feedback = feedback
        try:
            return self.work(parameters, context, FeedbackProgress(feedback))
        except Cancelled:
            context.setLayersToLoadOnCompletion({})
            return {}
        except AtlasError as error:
            # QGIS never lets go of what is raised: layers in its frames would outlive QGIS, which crashes then.
            clear_frames(error.__traceback__)
            raise _as_exception(error, feedback) from error
        except MemoryError as error:
            raise QgsProcessingException(tr(
                "The memory of this computer is too small for this: give fewer points, a smaller extent or larger "
                "cells.")) from error
        except ModuleNotFoundError as error:
            raise QgsProcessingException(how_to_get((error.name or str(error),))) from error

    def warn(self, sentence: str) -> None:
        """Say something that does not stop the work."""
        self._feedback.pushWarning(sentence)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        """Do the work; `progress` tells and is told."""
        raise NotImplementedError


def choice(
    name: str, text: str, words: Iterable[str], default: str | None, optional: bool = False
) -> QgsProcessingParameterEnum:
    """A parameter that takes one of some words; scripts and models give the word, not its number."""
    return QgsProcessingParameterEnum(
        name, text, [str(word) for word in words], False, default, optional=optional, usesStaticStrings=True)


class DatasetAlgorithm(AtlasAlgorithm):
    """An algorithm whose `INPUT` is the layer of a finished dataset; `path` is its file once it was looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path()

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        self.addParameter(QgsProcessingParameterVectorLayer(
            "INPUT", tr("Dataset (layer updates)"), [Qgis.ProcessingSourceType.VectorPoint]))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        self.path = dataset_of(self.parameterAsVectorLayer(parameters, "INPUT", context))


def _as_exception(error: AtlasError, feedback: QgsProcessingFeedback) -> QgsProcessingException:
    if error.details:
        feedback.pushDebugInfo(error.details)
    return QgsProcessingException(error.message)
