"""What a row of a recognised export is: SQL over ``text_rows`` for its kind, its customer, and why it is no order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clv_xl.orders.by_phone import number_sql
from clv_xl.orders.exact import discounted_sql, less_part_sql, product_sql, share_sql
from clv_xl.orders.flag_words import CREDIT_FLAGS, TYPE_FLAGS
from clv_xl.orders.flags import is_cancellation_sql, meanings_of_flag, says_yes_sql, told_sql
from clv_xl.orders.people import customer_key_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.orders.discounts import DiscountIn
    from clv_xl.orders.formats import Format
    from clv_xl.orders.formats.record import RowsOf
    from clv_xl.orders.refund_tax import RefundTax
    from clv_xl.orders.units import RefundedIn
    from clv_xl.orders.vat import VatSettled

__all__ = ["RowMeaning"]


_REPEATED = """order_id IS NOT NULL AND amount IS NOT NULL
    AND row_number() OVER (PARTITION BY order_id, amount, total_of, total_day ORDER BY record) > 1"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class RowMeaning:
    """How the rows of one file are to be understood.

    Attributes
    ----------
    format : Format or None
        The known export.
    rows : str
        What a row is.
    roles : frozenset of str
        Extra roles that have a column in ``text_rows``.
    without : tuple of str
        What is taken out of the amounts.
    flags : Mapping of str to str
        Role of a column that says yes or no -> its header.
    vat : VatSettled
        Whether the file itself settles that its amounts count without VAT.
    refund_tax : RefundTax
        Where the tax in refunded amounts is to be found.
    returned_pieces : bool
        Whether a quantity below 0 tells a refund.
    discount_in : str
        What the discounts beside quantity and price are written in.
    names_elsewhere : bool
        Whether ``credited_order`` may name orders of other files.
    by_phone : bool
        Whether the customers are telephone numbers.
    times : Mapping of str to str
        Column of numbers -> what its numbers are multiplied by, as its header says.
    refunded_in : str
        What refunds beside the amount are written in.
    """

    format: Format | None = None
    rows: RowsOf = "order"
    roles: frozenset[str] = field(default_factory=frozenset)
    without: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    vat: VatSettled = ""
    refund_tax: RefundTax = ""
    returned_pieces: bool = False
    discount_in: DiscountIn = ""
    names_elsewhere: bool = False
    by_phone: bool = False
    times: Mapping[str, str] = field(default_factory=dict)
    refunded_in: RefundedIn = ""

    @property
    def statuses(self) -> Mapping[str, str]:
        """Plain status text -> meaning, as the export uses it."""
        return self.format.statuses if self.format else {}

    @property
    def is_plain(self) -> bool:
        """Whether amounts stand in the file as they are used, and can be held against their texts."""
        by_rows = self.rows in {"product", "refund"} or self.returned_pieces or "credited_order" in self.roles
        return (
            not by_rows
            and not self.without
            and "amount" not in self.times
            and not self.flags.keys() & {*CREDIT_FLAGS}
        )

    @property
    def one_place(self) -> bool:
        """Whether an order stands in one file only, as a whole: a newer export then replaces it."""
        return (
            self.format is not None
            and not self.format.general
            and not self.format.kinds
            and self.rows != "product"
        )

    def event(self) -> str:
        """Return SQL for the kind of a row, a ``Kind``, or ``cancelled`` by its type; '' where the file tells none."""
        if self.format is None or "kind" not in self.roles or not self.format.kinds:
            said = [is_cancellation_sql(role) for role in TYPE_FLAGS if role in self.flags]
            return f"CASE WHEN {' OR '.join(said)} THEN 'cancelled' ELSE '' END" if said else "''"
        cases = " ".join(
            f"WHEN regexp_full_match(lower(kind), {_quoted(pattern)}) THEN '{kind}'"
            for pattern, kind in self.format.kinds.items()
        )
        return f"CASE {cases} ELSE 'none' END"

    def customer(self, customer: str) -> str:
        """Return SQL for the customer: of a refund the one who is paid; e-mail addresses in lower case."""
        if "refund_customer" in self.roles:
            back = "event = 'paid back' OR (event = 'signed' AND source_amount < 0)"
            customer = f"CASE WHEN {back} THEN coalesce(refund_customer, {customer}) ELSE {customer} END"
        key = customer_key_sql(customer)
        return f"coalesce({number_sql('phone')}, {key})" if self.by_phone else key

    def order(self, order: str) -> str:
        """Return SQL for the order: of a refund the one that it undoes."""
        if "refund_order" not in self.roles:
            return order
        return f"CASE WHEN event IN ('paid back', 'signed') THEN coalesce(refund_order, {order}) ELSE {order} END"

    def amount(self, value: Mapping[str, str]) -> str:
        """Return SQL for the amount of a row, from SQL for each column of numbers."""
        made = value["amount"]
        if self.rows == "product":
            made = product_sql(made, value["quantity"])
            if self.discount_in == "money":
                made = less_part_sql(made, value["discount"])
            elif self.discount_in:
                times = " * 100" if self.discount_in == "share" else ""
                percent = f"CASE WHEN {value['discount']}{times} BETWEEN 0 AND 100 THEN {value['discount']}{times} END"
                made = discounted_sql(made, f"CAST({percent} AS DECIMAL(18, 4))")
        for part in self.without:
            made = less_part_sql(made, value[part])
        if "kind" in self.roles:
            made = f"CASE WHEN event = 'refund' THEN -abs({made}) ELSE {made} END"
        if self.rows == "refund":
            made = f"-abs({made})"
        if self.returned_pieces:
            made = f"CASE WHEN {value['quantity']} < 0 THEN -abs({made}) ELSE {made} END"
        for role in CREDIT_FLAGS:
            if role in self.flags:
                made = f"CASE WHEN {says_yes_sql(role)} THEN -abs({made}) ELSE {made} END"
        return made

    def refunded(self, value: Mapping[str, str]) -> str:
        """Return SQL for the refunded amount of a row, in the currency of its amount, from SQL for each column."""
        refunded, amount = value["refunded"], value["amount"]
        if self.format is not None and self.format.refunded_in_other and "other_amount" in self.roles:
            refunded = share_sql(refunded, amount, value["other_amount"])
        if self.refund_tax == "in the total":
            refunded = share_sql(refunded, less_part_sql(amount, value["tax"]), amount)
        elif self.refund_tax == "beside the total":
            # the tax has the sign of the amount, whatever stands in the file
            refunded = share_sql(
                refunded, f"abs({amount})", f"abs({amount}) + abs(coalesce({value['tax']}, 0))"
            )
        return refunded

    def amount_text(self) -> str:
        """Return SQL for what stands in the file as the amount; NULL where nothing does."""
        return "amount || ' x ' || quantity" if self.rows == "product" else "amount"

    def status(self) -> str:
        """Return SQL for the status as it is told: with what other columns say that set an order aside."""
        parts = [
            f"CASE WHEN {' OR '.join(condition for condition, _ in meanings_of_flag(role))}"
            f" THEN {told_sql(role, header)} END"
            for role, header in self.flags.items()
        ]
        if "cancelled_at" in self.roles:
            parts.insert(0, "CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled' END")
        return f"nullif(concat_ws(', ', status, {', '.join(parts)}), '')" if parts else "status"

    def meaning(self, meaning: str) -> str:
        """Return SQL for what the status means, from SQL for its text alone."""
        cases = "WHEN event = 'cancel' THEN 'cancelled'"
        if "cancelled_at" in self.roles:
            cases += " WHEN cancelled_at IS NOT NULL THEN 'cancelled'"
        for role in self.flags:
            for condition, meaning_of_it in meanings_of_flag(role):
                cases += f" WHEN {condition} THEN '{meaning_of_it}'"
        return f"CASE {cases} ELSE {meaning} END"

    def apart(self) -> str:
        """Return SQL for why a row stands apart from the orders; NULL for the others."""
        cases = ["WHEN event = 'none' THEN 'not_an_order'"]
        if "kind" in self.roles:
            cases.append("WHEN event = 'sale' AND source_amount < 0 THEN 'not_an_order'")
            cases.append("WHEN event = 'paid back' AND source_amount > 0 THEN 'not_an_order'")
        if self.format and self.format.tests and "mode" in self.roles:
            tests = ", ".join(map(_quoted, self.format.tests))
            cases.append(f"WHEN lower(mode) IN ({tests}) THEN 'test_order'")
        if "test" in self.flags:
            cases.append(f"WHEN {says_yes_sql('test')} THEN 'test_order'")
        if self.rows in {"first", "repeated"}:
            cases.append("WHEN amount IS NULL AND is_further THEN 'order_line'")
        if self.rows == "repeated":
            cases.append(f"WHEN {_REPEATED} THEN 'repeated_total'")
        return f"CASE {' '.join(cases)} END"

    def places(self, day: str) -> str:
        """Return SQL for further columns on where a row stands in its order, from SQL for its day.

        A total stands for one order: the id may be used again for another customer or on another day.
        """
        if self.rows not in {"first", "repeated"}:
            return ""
        further = (
            ", coalesce(amount IS NULL AND order_id IN ("
            "SELECT order_id FROM text_rows WHERE amount IS NOT NULL AND order_id IS NOT NULL), false) AS is_further"
        )
        if self.rows == "first":
            return further

        # exports may leave blank on further rows what is the same on all rows of an order
        last = "last_value({} IGNORE NULLS) OVER (PARTITION BY order_id ORDER BY record)"
        return f"{further}, {last.format(customer_key_sql('customer_id'))} AS total_of, {last.format(day)} AS total_day"

    def contact(self, role: str) -> str:
        """Return SQL for what a guest is known by: an e-mail address in lower case, a number without marks."""
        if role not in self.roles:
            return "CAST(NULL AS VARCHAR)"
        if role == "email":
            return "CASE WHEN contains(email, '@') THEN lower(email) END"
        return number_sql("phone")

    def email_written(self) -> str:
        """Return SQL that tells spellings of a guest's address apart."""
        return "hash(email)" if "email" in self.roles else "CAST(NULL AS UBIGINT)"
