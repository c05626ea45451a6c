"""Addresses as people see them who may know that a message went out, but not to where."""

from __future__ import annotations


def mask_address(address: str) -> str:
    """`m***@huancavelica.gob.pe`, `+51 *** *** 321`: enough to recognise one's own, too little to write to."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    return f"{address[:3]} *** *** {address[-3:]}" if len(address) > len("+51") + 3 else "***"
