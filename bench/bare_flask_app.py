"""Flask, one INSERT per POST, nothing else: what the journey is compared with. Started by bench.references."""

from __future__ import annotations

import os

from flask import Flask, request
from flask.typing import ResponseReturnValue
from psycopg_pool import ConnectionPool

app = Flask(__name__)
pool = ConnectionPool(os.environ["BENCH_DATABASE_URL"], min_size=1, max_size=8, open=True)  # noqa: TID251 - a program of its own, started by the bench


@app.post("/")
def insert() -> ResponseReturnValue:
    """Store what was sent, durably."""
    with pool.connection() as connection:
        connection.execute("INSERT INTO bench_row (body) VALUES (%s)", [request.get_json()["body"]])
    return {"ok": True}, 201
