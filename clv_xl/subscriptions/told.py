"""What a report on subscriptions was made of, told in lines of text and as data for JSON."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from clv_xl.report.words import amount, percent, plural

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import PlanFigures
    from clv_xl.subscriptions.job import SubscriptionResult

__all__ = ["as_data", "in_words"]


def in_words(result: SubscriptionResult) -> str:
    """Return in a few lines what became of the rows, and the figures that matter most."""
    material = result.material
    read, every = material.read, material.every
    width = len(f"{read.rows_read:,}")
    lines = [f"{plural(read.rows_read, 'row', 'rows')} read from {read.source}"]
    for line in read.account:
        sum_ = f"{line.amount:,.2f} {line.currency}".rstrip()
        why = f": {line.explanation}" if line.reason else ""
        lines.append(f"  {line.rows:>{width},} {line.outcome}, monthly amounts {sum_}{why}")
    lines.append(
        f"On {read.as_of}: {plural(every.customers, 'customer', 'customers')}, MRR "
        f"{amount(every.revenue, read.currency)}"
    )
    if material.old:
        lines.append(
            f"Since {material.before}: NRR {percent(material.year.nrr)}, GRR {percent(material.year.grr)}"
        )
    lines.extend(f"Note: {warning.text}" for warning in read.warnings)
    if not every.own:
        lines.append(f"Note: No value is projected. {every.renewals.reason}")
    lines.append(f"Report written to {result.path}")
    return "\n".join(lines)


def as_data(result: SubscriptionResult) -> dict[str, Any]:
    """Return the same as what ``--json`` prints; figures that are not known are null."""
    material = result.material
    read, margin = material.read, material.parameters.gross_margin
    return {
        "report": str(result.path),
        "pages": list(result.pages),
        "as_of": read.as_of.isoformat(),
        "currency": read.currency,
        "rows": {"read": read.rows_read, "used": read.customer.size, "set_aside": len(read.set_aside)},
        "account": [
            {
                "outcome": line.outcome,
                "reason": line.reason,
                "currency": line.currency,
                "rows": line.rows,
                "amount": str(line.amount),
                "counted_amount": str(line.counted_amount),
            }
            for line in read.account
        ],
        "columns": dict(read.columns),
        "warnings": [{"code": item.code, "rows": item.rows, "text": item.text} for item in read.warnings],
        "figures": {
            "mrr": material.every.revenue,
            "customers": material.every.customers,
            "nrr": _known(material.year.nrr),
            "grr": _known(material.year.grr),
            "customer_churn_a_month": _known(material.customer_churn),
            "revenue_churn_a_month": _known(material.revenue_churn),
            "clv_new_customer": _known(material.every.average * material.every.payments * margin),
            "customer_equity": _known(material.every.coming * margin),
        },
        "plans": [_plan(plan, margin) for plan in material.plans],
    }


def _plan(plan: PlanFigures, margin: float) -> dict[str, Any]:
    return {
        "plan": plan.name,
        "customers": plan.customers,
        "mrr": plan.revenue,
        "projected_by": "own" if plan.own else "all plans" if not isnan(plan.payments) else None,
        "clv_new_customer": _known(plan.average * plan.payments * margin),
        "customer_equity": _known(plan.coming * margin),
        "nrr": _known(plan.year.nrr),
        "grr": _known(plan.year.grr),
        "reason": plan.renewals.reason,
    }


def _known(value: float) -> float | None:
    return None if isnan(value) else value
