"""The public code of a consultation: short enough to be dictated over a bad line, and able to notice mistakes.

`V-7K3M-92QX`: seven random symbols and one check symbol, from an alphabet of 31 that leaves out I, L and O (read as
1 and 0), B (read as 8, and heard as V in Spanish) and U (read as V). What is typed instead is understood.

The check symbol makes the weighted sum of all eight symbols a multiple of 31. As 31 is prime and the weights differ
and are no multiples of it, one wrong symbol, or two symbols that changed places, always change the sum.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789ACDEFGHJKMNPQRSTVWXYZ"
_MODULUS = len(ALPHABET)
_WEIGHTS = (11, 12, 13, 14, 15, 16, 17, 18)
_LENGTH = len(_WEIGHTS)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "B": "8", "U": "V"})
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—_./]+")


class CodeError(ValueError):
    """A text is not the code of any consultation: wrong length, a symbol that no code has, or a mistyped one."""


def new_code() -> str:
    """A random code. 31^7, or 27 thousand million, are possible; the database refuses the rare repetition."""
    payload = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    return format_code(payload + check_symbol(payload))


def check_symbol(payload: str) -> str:
    """The symbol that completes seven symbols of the alphabet."""
    total = sum(weight * _VALUE[symbol] for weight, symbol in zip(_WEIGHTS, payload, strict=False))
    return ALPHABET[-total * pow(_WEIGHTS[-1], -1, _MODULUS) % _MODULUS]


def parse_code(text: str) -> str:
    """The code that somebody typed or dictated: any case, spaces or missing dashes, O for 0, I or L for 1.

    :raises CodeError: it cannot be a code, or the check symbol shows a mistake.
    """
    symbols = _SEPARATORS.sub("", text).upper()
    if len(symbols) == _LENGTH + 1 and symbols[0] in "VBU":
        symbols = symbols[1:]
    symbols = symbols.translate(_READ_AS)
    if len(symbols) != _LENGTH or any(symbol not in _VALUE for symbol in symbols):
        raise CodeError(text)
    if check_symbol(symbols[:-1]) != symbols[-1]:
        raise CodeError(text)
    return format_code(symbols)


def format_code(symbols: str) -> str:
    """Eight symbols as people see them: `V-7K3M-92QX`."""
    return f"V-{symbols[:4]}-{symbols[4:]}"
