"""The datasets of a project: which there are, and what the dock knows of each."""
from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import partial

from qgis.core import QgsMapLayer, QgsProject
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.filtering import is_filtered
from ..plugin.bridge.layers import dataset_layers, is_same_file
from ..plugin.core.errors import AtlasError


class DockSessions(QObject):
    """Opens a session for a layer when it is asked for, and forgets it when the layer goes."""

    #: Datasets have come or gone, or have other names.
    changed = pyqtSignal()
    #: The layers of these sessions are about to be deleted.
    leaving = pyqtSignal(list)
    #: Rows of this session's file have been changed, by edits or by another run of an algorithm.
    rewritten = pyqtSignal(object)
    #: The user filtered the layer of this session himself; False: what the dock filtered by is gone with it.
    own_filter = pyqtSignal(object, bool)
    #: The way in which the layer of this session shows time may be another one.
    time_set = pyqtSignal(object)

    def __init__(self, project: QgsProject, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._sessions: dict[str, tuple[DatasetSession, ExitStack]] = {}
        #: What waits for the columns of layers that the dock cannot work with.
        self._waiting: dict[str, ExitStack] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.changed)
        self._undo = ExitStack()
        for signal in (project.layersAdded, project.layersRemoved, project.cleared, project.readProject):
            signal.connect(self._soon)
            self._undo.callback(signal.disconnect, self._soon)
        project.layersWillBeRemoved["QStringList"].connect(self._leave)
        self._undo.callback(project.layersWillBeRemoved["QStringList"].disconnect, self._leave)
        project.aboutToBeCleared.connect(self._leave_all)
        self._undo.callback(project.aboutToBeCleared.disconnect, self._leave_all)
        self._undo.callback(self._later.stop)

    def names(self) -> list[tuple[str, str]]:
        """Ids and names of the layers that are datasets."""
        return [(layer.id(), layer.name()) for layer in dataset_layers(self._project)]

    def open(self, layer_id: str) -> DatasetSession:
        """The session of a layer; raises `AtlasError` if the dock cannot work with it."""
        if layer_id in self._sessions and self._sessions[layer_id][0].has_changed():
            self.forget(layer_id)
        if layer_id not in self._sessions:
            layer = self._project.mapLayer(layer_id)
            session = self._begun(layer)
            self._sessions[layer_id] = (session, self._follow(layer, session))
        return self._sessions[layer_id][0]

    def _begun(self, layer: QgsMapLayer) -> DatasetSession:
        """A new session; where there can be none, the layer's columns are waited for: one may get its name back."""
        self._waiting.pop(layer.id(), ExitStack()).close()
        try:
            return DatasetSession(layer)
        except AtlasError:
            undo = self._waiting[layer.id()] = ExitStack()
            undo.callback(_disconnect, layer, layer.updatedFields.connect(self._soon))
            raise

    def forget(self, layer_id: str) -> None:
        """Let the next `open` begin anew."""
        session, undo = self._sessions.pop(layer_id, (None, ExitStack()))
        if session is not None and not sip.isdeleted(session.layer):
            undo.close()
            session.close()

    def close(self) -> None:
        """Give every layer back what it had of its own."""
        self._undo.close()
        for waiting in self._waiting.values():
            waiting.close()
        self._open_filtered()
        for session, undo in self._sessions.values():
            if not sip.isdeleted(session.layer):
                undo.close()
                session.restore()
        self._sessions.clear()

    def _open_filtered(self) -> None:
        """Copies of a layer carry its filter, and so do layers of a project that nobody chose in the dock."""
        for layer in dataset_layers(self._project):
            if is_filtered(layer):
                with suppress(AtlasError):
                    self.open(layer.id())

    def _follow(self, layer: QgsMapLayer, session: DatasetSession) -> ExitStack:
        undo = ExitStack()
        rewritten, edited = partial(self._look_at, session, False), partial(self._look_at, session, True)
        for signal, slot in (
            (layer.nameChanged, self._soon), (layer.afterCommitChanges, edited), (layer.dataChanged, rewritten),
            (layer.repaintRequested, partial(self._look_at_time, session)),
            (session.filter.own_changed, partial(self.own_filter.emit, session)),
        ):
            signal.connect(slot)
            # By the slot: what is disconnected by its connection stays with the layer, and keeps all that it knows.
            undo.callback(signal.disconnect, slot)
        return undo

    def _look_at(self, session: DatasetSession, edited: bool) -> None:
        """QGIS says that data changed also when only the filter did; of an edit it tells the one layer only."""
        if edited:
            changed = [one for one, _undo in self._sessions.values() if is_same_file(one.path, session.path)]
        else:
            changed = [session] if session.has_changed() else []
        for one in changed:
            QTimer.singleShot(0, partial(self._tell_rewritten, one))

    def _look_at_time(self, session: DatasetSession, _deferred: bool = False) -> None:
        """QGIS says that time is switched on or off, but not of all that can be set."""
        if not session.filter.is_on_time:
            self.time_set.emit(session)

    def _tell_rewritten(self, session: DatasetSession) -> None:
        if any(session is one for one, _undo in self._sessions.values()):
            self.rewritten.emit(session)

    def _leave_all(self) -> None:
        self._leave(list(self._sessions))

    def _leave(self, layer_ids: list[str]) -> None:
        """At once: a frame may change while a project is being cleared."""
        mine = [layer_id for layer_id in layer_ids if layer_id in self._sessions]
        if not mine:
            return
        self.leaving.emit(mine)
        for layer_id in mine:
            self.forget(layer_id)

    def _soon(self, *_what: object) -> None:
        self._later.start()


def _disconnect(layer: QgsMapLayer, connection: object) -> None:
    if not sip.isdeleted(layer):
        layer.disconnect(connection)

