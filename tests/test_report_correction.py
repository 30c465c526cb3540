"""The correction by behaviour and attributes: used where it pays, one set of figures everywhere, and said why not."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clv_xl.cli import main
from clv_xl.jobs import BesideFiles, backtest_orders, report_from_inputs
from clv_xl.models import predict, purchase_occasions
from clv_xl.models.backtest import DEFAULT
from clv_xl.models.corrected import CORRECTED, corrected, try_correction
from clv_xl.models.own_past import try_on_own_past
from clv_xl.orders import ReadOptions
from clv_xl.orders.filled_files import read_customer_data
from clv_xl.parameters import Parameters
from clv_xl.report.build import build_report
from clv_xl.report.material import Beside
from clv_xl.report.model import Live, LongTable, Paragraph, Table
from tests.shops import cdnow_lines, material_of, purchases_lines, write_orders
from tests.test_models_second_stage import LAST, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clv_xl.models.histories import Occasions
    from clv_xl.report.material import Material
    from clv_xl.report.model import Report

MONTHS = 3
