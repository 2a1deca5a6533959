"""The two ways in which work may end early."""
from __future__ import annotations


class AtlasError(Exception):
    """A mistake of the user's or of the input, said in one clear sentence.

    `message` names what is wrong and how to mend it; `details` may hold more
    (the system's own words, a list of rows) for whoever wants to look.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Cancelled(Exception):
    """The user asked to stop; nothing was left half done."""
