"""How alike two consultations are, by the words they share: blind to accents and capitals, rare words count more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from services.intake.domain.folding import fold

_SHORTEST_WORD = 3
_STEM = 7  # letters kept of a word: «devolución» and «devoluciones» meet
_STOP_WORDS = frozenset(
    """
    para por con sin los las una unos unas del que como cual cuales cuando donde este esta estos estas ese esa eso
    sobre entre desde hasta pero porque sus nos les son ser fue han hay muy mas tambien puede pueden debe deben
    favor buenos dias tardes estimados senores gracias consulta consultar municipalidad distrital provincial
    """.split()  # noqa: SIM905 - a list of quoted words reads worse
)


def words_of(text: str) -> Counter[str]:
    """The telling words of a text, folded and cut to their beginning."""
    words = (word for word in fold(text).split() if len(word) >= _SHORTEST_WORD and word not in _STOP_WORDS)
    return Counter(word[:_STEM] for word in words)


def rank(text: str, others: Sequence[str], *, at_least: float) -> list[tuple[int, float]]:
    """The positions of `others` that are like `text`, best first, with a likeness from `at_least` to 1.

    Cosine of the weighted word counts; a word weighs the more, the fewer of the texts have it.
    """
    wanted = words_of(text)
    counts = [words_of(other) for other in others]
    if not wanted or not counts:
        return []
    texts_with = Counter(word for words in [wanted, *counts] for word in words)
    weight = {word: math.log1p((len(counts) + 1) / number) for word, number in texts_with.items()}
    scores = [(position, _cosine(wanted, words, weight)) for position, words in enumerate(counts)]
    return sorted((score for score in scores if score[1] >= at_least), key=lambda score: -score[1])


def _cosine(one: Counter[str], other: Counter[str], weight: dict[str, float]) -> float:
    shared = sum(one[word] * other[word] * weight[word] ** 2 for word in one.keys() & other.keys())
    lengths = (math.sqrt(sum((count * weight[word]) ** 2 for word, count in words.items())) for words in (one, other))
    product = math.prod(lengths)
    return shared / product if product else 0.0
