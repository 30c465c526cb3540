"""Makes very many orders as Parquet: ``python benchmarks/many_orders.py 100M 1M orders.parquet``.

Customers come over three of four years, stay for some time and order at a rate of their own; nothing but DuckDB's
``hash`` decides, so the same sizes give the same orders.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

_UNITS = {"k": 10**3, "M": 10**6}
_CHANCE = "(hash({what}, {salt}) % 1000003 + 0.5) / 1000003"
_ORDERS = """
    copy (
        with drawn as (
            select
                i,
                cast(floor({customers} * pow({which}, 1.5)) as bigint) as who,
                {when} as part
            from range({rows}) as orders(i)
        ),
        placed as (
            select *, cast(floor(1096 * {begun}) as bigint) as begun, -400 * ln({life}) as life, {worth} as worth
            from drawn
        )
        select
            'c' || who as customer_id,
            'o' || i as order_id,
            date '2021-01-01' + cast(floor(begun + part * least(life, 1460 - begun)) as integer) as order_date,
            cast(round(10 + 80 * worth * (0.5 + {size}), 2) as decimal(9, 2)) as amount
        from placed
    ) to '{path}' (format parquet)
"""


def _size(text: str) -> int:
    return int(float(text[:-1]) * _UNITS[text[-1]]) if text[-1] in _UNITS else int(text)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=_size, help="such as 100M")
    parser.add_argument("customers", type=_size, help="such as 1M")
    parser.add_argument("path", type=Path)
    given = parser.parse_args()
    chances = {
        name: _CHANCE.format(what=what, salt=salt)
        for salt, (name, what) in enumerate(
            {"which": "i", "when": "i", "begun": "who", "life": "who", "worth": "who", "size": "i"}.items()
        )
    }
    with duckdb.connect() as connection:
        connection.execute(
            _ORDERS.format(rows=given.rows, customers=given.customers, path=given.path, **chances)
        )


if __name__ == "__main__":
    main()
