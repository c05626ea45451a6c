"""Errors of the classifier room; each docstring is the message's meaning."""

from __future__ import annotations


class ClassifierError(Exception):
    """Root of every error this room raises."""


class TaxonomyError(ClassifierError):
    """The taxonomy file is incomplete or contradicts itself."""


class LexiconError(ClassifierError):
    """The lexicon file names a topic that does not exist or has an entry without forms."""


class CorpusError(ClassifierError):
    """A training or evaluation record is malformed or carries a label outside the taxonomy."""


class ArtefactError(ClassifierError):
    """The model artefact is missing, incomplete, or its content does not match its version."""


class TaxonomyMismatchError(ArtefactError):
    """The model was trained for another version of the taxonomy than the service uses."""
