"""The functions in a cell, in the order of the catalogue; each is named as in Excel."""

from __future__ import annotations

from clv_xl.excel.registry import cell_function
from clv_xl.metrics import acquisition, averages, lifetime, retention, returning, segments, value

CLV = cell_function(value.CLV)(value.clv)
CLV_HISTORIC = cell_function(value.CLV_HISTORIC)(value.clv_historic)
CLV_RETENTION = cell_function(lifetime.CLV_RETENTION)(lifetime.clv_retention)
AOV = cell_function(averages.AOV)(averages.aov)
PURCHASE_FREQUENCY = cell_function(averages.PURCHASE_FREQUENCY)(averages.purchase_frequency_of)
CUSTOMER_LIFESPAN = cell_function(lifetime.CUSTOMER_LIFESPAN)(lifetime.customer_lifespan)
RFM_SEGMENT = cell_function(segments.RFM_SEGMENT)(segments.rfm_segment)
RETENTION_RATE = cell_function(retention.RETENTION_RATE)(retention.retention_rate)
CHURN_RATE = cell_function(retention.CHURN_RATE)(retention.churn_rate)
REPEAT_RATE = cell_function(returning.REPEAT_RATE)(returning.repeat_rate)
TIME_BETWEEN_ORDERS = cell_function(returning.TIME_BETWEEN_ORDERS)(returning.time_between_orders)
NRR = cell_function(retention.NRR)(retention.nrr)
GRR = cell_function(retention.GRR)(retention.grr)
CAC = cell_function(acquisition.CAC)(acquisition.cac)
LTV_CAC = cell_function(acquisition.LTV_CAC)(acquisition.ltv_cac)
CAC_PAYBACK = cell_function(acquisition.CAC_PAYBACK, cumulative_margin={"lone_number": True})(
    acquisition.cac_payback
)
CAC_MAX = cell_function(acquisition.CAC_MAX)(acquisition.cac_max)
