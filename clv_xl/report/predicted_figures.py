"""What each predicted figure is: its defined name, its words, and its formula in the workbook.

Amounts are fixed until the report is made again; what is margin of them follows the parameters.
"""

from __future__ import annotations

from clv_xl.report.key_figures import Derived
from clv_xl.report.words import MONTH_DAYS
from clv_xl.said import say

__all__ = ["PREDICTED"]

# fmt: off
PREDICTED: tuple[Derived, ...] = (
    Derived(
        "predicted_clv", "Predicted CLV per customer", "cents", "currency",
        "Customer equity / customers, those who have left included.", "",
        "=IF(customers_total>0,customer_equity/customers_total,NA())",
    ),
    Derived(
        "customer_equity", "Customer equity", "cents", "currency",
        "Sum of the predicted CLV of all customers: expected amount, discounted x margin share.", "",
        "=expected_amount*margin_share",
    ),
    Derived(
        "customer_equity_low", "Customer equity, low", "cents", "currency",
        "The lower end of its 90% interval.", "",
        "=MIN(expected_amount_low*margin_share,expected_amount_high*margin_share)",
    ),
    Derived(
        "customer_equity_high", "Customer equity, high", "cents", "currency",
        "The upper end of its 90% interval.", "",
        "=MAX(expected_amount_low*margin_share,expected_amount_high*margin_share)",
    ),
    Derived(
        "margin_share", "Share of an amount that is margin", "percent", "share",
        "Margin per order after cost to serve x orders / amount, of all orders so far. Predictions take it to hold on.",
        "", "=IF(amount_total>0,margin_per_order*orders_total/amount_total,NA())",
    ),
    Derived(
        "expected_amount", "Expected amount, discounted", "cents", "currency",
        "What today's customers are expected to spend within the horizon, month by month, each month discounted to the "
        "as-of date by its end. See the page Forecast.", "", None,
    ),
    Derived(
        "expected_amount_low", "Expected amount, discounted, low", "cents", "currency",
        "The lower end of its 90% interval.", "", None,
    ),
    Derived(
        "expected_amount_high", "Expected amount, discounted, high", "cents", "currency",
        "The upper end of its 90% interval.", "", None,
    ),
    Derived(
        "coming_orders", "Expected orders, next 12 months", "count", "orders",
        "Purchase days of today's customers: the coming months on Forecast, up to 12 of them. A customer's orders of "
        "one day count once. Who comes for the first time comes on top.", "", None,
    ),
    Derived(
        "coming_amount", "Revenue expected, next 12 months", "cents", "currency",
        "What today's customers are expected to spend in these months; not discounted.", "", None,
    ),
    Derived(
        "alive_customers", "Customers who are probably still there", "count", "customers",
        "The sum of P(alive) over all customers; #N/A where the model that is used knows no leaving.", "", None,
    ),
    Derived(
        "forecast_months", "Horizon of the prediction", "count", "months",
        say("The parameter horizon when the report was made; a month is {days} days.", days=MONTH_DAYS), "", None,
    ),
    Derived(
        "forecast_rate", "Discount rate of the prediction", "percent", "a year",
        "The parameter discount rate when the report was made: predictions do not follow a change of it.", "", None,
    ),
)
# fmt: on
