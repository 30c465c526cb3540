"""The ordinary way from an order file to a workbook: read_csv, groupby, to_excel with openpyxl or XlsxWriter.

It stands for what an analyst writes in an afternoon. It reads the same file and writes as many customers and
columns, a cohort matrix and the months; it has no account of the rows, formulas, charts or notes. With --formats its
cells have number formats, which only openpyxl is asked for. With --predict it has lifetimes fit BG/NBD and Gamma-Gamma,
and forecast each customer.

    python peer_pandas.py orders.csv out.xlsx --columns 20 [--most 150000] [--engine xlsxwriter] [--formats] [--predict]

prints one line of JSON: what it counted, so that the benchmark can see that both did the same job.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def predictions(sales: pd.DataFrame) -> pd.DataFrame:
    """Return by customer what lifetimes makes of the orders: alive, orders and value in the next 12 months."""
    warnings.simplefilter("ignore")  # an archived package on a newer pandas
    import lifetimes  # noqa: PLC0415 - only where it is asked for
    from lifetimes.utils import summary_data_from_transaction_data  # noqa: PLC0415

    seen = summary_data_from_transaction_data(
        sales, "customer_id", "order_date", monetary_value_col="amount", freq="D", freq_multiplier=7
    )
    given = seen["frequency"], seen["recency"], seen["T"]
    timing = lifetimes.BetaGeoFitter().fit(*given)
    again = seen[(seen["frequency"] > 0) & (seen["monetary_value"] > 0)]
    spending = lifetimes.GammaGammaFitter().fit(again["frequency"], again["monetary_value"])
    found = pd.DataFrame(index=seen.index)
    found["p_alive"] = timing.conditional_probability_alive(*given)
    found["expected_orders"] = timing.conditional_expected_number_of_purchases_up_to_time(52, *given)
    mean = spending.conditional_expected_average_profit(seen["frequency"], seen["monetary_value"])
    found["expected_amount"] = found["expected_orders"] * mean
    return found


def customer_summary(
    sales: pd.DataFrame, refunds: pd.DataFrame, columns: int, *, predict: bool
) -> pd.DataFrame:
    """Return one row a customer, with figures like those of the report, cut or filled up to ``columns``."""
    as_of = sales["order_date"].max()
    by_customer = sales.sort_values("order_date", kind="stable").groupby("customer_id")
    table = by_customer.agg(
        first_order=("order_date", "min"),
        last_order=("order_date", "max"),
        orders=("order_id", "nunique"),
        amount=("amount", "sum"),
        **{name: (name, "first") for name in ("channel", "product", "country") if name in sales},
    )
    table["refunds"] = refunds.groupby("customer_id")["amount"].sum()
    table["refunds"] = table["refunds"].fillna(0.0)
    table["net_amount"] = table["amount"] + table["refunds"]
    table["average_order_value"] = table["net_amount"] / table["orders"]
    table["days_since_last_order"] = (as_of - table["last_order"]).dt.days
    years = (as_of - table["first_order"]).dt.days.clip(lower=1) / 365.25
    table["orders_per_year"] = table["orders"] / years
    table["historic_clv"] = table["net_amount"] * 0.45
    for name, column, rising in (
        ("r", "days_since_last_order", False),
        ("f", "orders", True),
        ("m", "net_amount", True),
    ):
        rank = table[column].rank(pct=True, ascending=rising)
        table[name] = (rank * 5).clip(upper=4.999).astype(int) + 1
    table["score"] = table["r"] * 100 + table["f"] * 10 + table["m"]
    table["active"] = table["days_since_last_order"] <= 365
    if predict:
        table = table.join(predictions(sales))
    table = table.sort_values("historic_clv", ascending=False).reset_index()
    for number in range(columns - len(table.columns)):
        table[f"figure_{number + 1}"] = table["historic_clv"] / (number + 2)
    return table.iloc[:, :columns]


def cohort_matrix(sales: pd.DataFrame) -> pd.DataFrame:
    """Return the customers active by quarter of their first order and quarters since."""
    quarter = sales["order_date"].dt.year * 4 + sales["order_date"].dt.quarter - 1
    first = quarter.groupby(sales["customer_id"]).transform("min")
    frame = pd.DataFrame({"cohort": first, "age": quarter - first, "customer": sales["customer_id"]})
    matrix = frame.groupby(["cohort", "age"])["customer"].nunique().unstack()
    matrix.index = pd.Index([f"{cohort // 4} Q{cohort % 4 + 1}" for cohort in matrix.index], name="cohort")
    return matrix


def months(sales: pd.DataFrame) -> pd.DataFrame:
    """Return customers, orders and amount by month."""
    by_month = sales.groupby(sales["order_date"].dt.strftime("%Y-%m"))
    return by_month.agg(
        customers=("customer_id", "nunique"), orders=("order_id", "nunique"), amount=("amount", "sum")
    )


def give_formats(sheet: Worksheet, customers: pd.DataFrame) -> None:
    """Give each cell a number format by what its column holds, and the sheet a header that stays in sight."""
    formats = {"datetime64": "yyyy-mm-dd", "int": "#,##0", "float": "#,##0.00"}
    for number, kind in enumerate(customers.dtypes.astype(str), start=1):
        chosen = next((text for start, text in formats.items() if kind.startswith(start)), None)
        if chosen is None:
            continue
        for (cell,) in sheet.iter_rows(min_row=2, min_col=number, max_col=number):
            cell.number_format = chosen
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def main() -> None:
    """Read the file, compute, write the workbook."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("orders", type=Path)
    parser.add_argument("workbook", type=Path)
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--most", type=int, help="customers to write (default all)")
    parser.add_argument("--engine", choices=("openpyxl", "xlsxwriter"), default="openpyxl")
    parser.add_argument("--formats", action="store_true", help="give the customers' cells number formats")
    parser.add_argument("--predict", action="store_true", help="forecast each customer with lifetimes")
    arguments = parser.parse_args()

    rows = pd.read_csv(
        arguments.orders, dtype={"customer_id": str, "order_id": str}, parse_dates=["order_date"]
    )
    counted = rows[rows["status"] != "cancelled"] if "status" in rows else rows
    sales, refunds = counted[counted["amount"] >= 0], counted[counted["amount"] < 0]
    customers = customer_summary(sales, refunds, arguments.columns, predict=arguments.predict)
    customers = customers.head(arguments.most or len(customers))
    with pd.ExcelWriter(arguments.workbook, engine=arguments.engine) as writer:
        customers.to_excel(writer, sheet_name="Customers", index=False)
        if arguments.formats:
            give_formats(writer.sheets["Customers"], customers)
        cohort_matrix(sales).to_excel(writer, sheet_name="Cohorts")
        months(sales).to_excel(writer, sheet_name="Months")
    print(json.dumps({"rows": len(rows), "customers": len(customers), "columns": len(customers.columns)}))


if __name__ == "__main__":
    main()
