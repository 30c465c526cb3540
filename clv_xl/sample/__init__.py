"""A made-up Nordic web shop, written as the four files that a report is made from.

``orders.csv``, ``customers.csv``, ``spend.csv`` and ``parameters.toml`` are generated, not shipped: the
same seed and size give the same bytes. Every customer, address and order is invented.

What is in the data on purpose
------------------------------
A report on this shop should find these; the numbers stand in ``clv_xl.sample.world``.

- **Arrivals** grow by a quarter of the first year's number each year and follow the season: a January
  slump, a dip in July, Black Week in November, a peak until 19 December, little over Christmas.
  Repeat orders follow the same season, without the growth.
- **One-time buyers**: 31% of new customers by default, more from paid social and affiliates, more after a
  first order of furniture, rugs or tents, fewer after coffee or candles, and 12 points more when won in
  Black Week. They never come back. With those who have not come back *yet*, 40 to 50% of all customers
  have a single order.
- **Everyone else** orders at a rate of their own, Gamma with shape 2 around 6.15 orders a year before the
  factors of the channel and of the first product. They are lost for good after a lifetime of their own:
  exponential, with a rate that is itself Gamma (shape 1), so half of them are lost within 2.5 years. Had
  everybody the same factors and nobody a loyalty card, this would be Pareto/NBD plus the one-time buyers.
- **Order value** is Gamma (shape 6) around a mean of the customer's own, inverse Gamma (shape 5), times
  factors of the product, the first channel and the country, then moved to a usual price such as 349.00.
  It does not depend on how often a customer orders except through those factors.
- **First channel**: newsletter, direct and organic search win better customers (more orders, fewer
  one-time buyers) than affiliates and paid social. **First product**: coffee brings the most loyal
  customers, small furniture the least. **Country**: Norwegians spend more an order, Finns less.
- **Loyalty programme**: opens half-way through the calendar. Frequent buyers are likelier to join, and
  after joining a member orders 25% more often: both are true at once, so comparing members with the
  others overstates what the programme does.
- **Discounts**: 70% of the orders in Black Week and 15% of the others are 10 to 25% off.
- **Cancelled orders**: 1.5% of repeat orders, never a first order, so that every customer counts.
  **Refunds**: 1 to 11% of orders by product, half as many again from paid social, one day or more after
  the order, for all units or for one of several.
- **Spend**: paid search, paid social and affiliates, with a cost per new customer that rises over the
  years, most for paid social. In a small shop a month can have spend and, by chance, no new customer in a
  channel.

Nothing is broken on purpose: no missing ids, no bad dates, no duplicates.

Why the same bytes everywhere
-----------------------------
Only the raw 64-bit numbers of ``numpy.random.PCG64`` are used, which numpy promises never to change; its
distributions carry no such promise. They are shaped with integer arithmetic, ``+ - * /`` and comparisons,
which IEEE 754 fixes to the last bit on every machine; the logarithm is our own, because those of
C libraries and of vector units differ in the last bit. Every purpose has a stream of its own.
"""

from __future__ import annotations

from clv_xl.sample.files import SampleShop, write_sample

__all__ = ["SampleShop", "write_sample"]
