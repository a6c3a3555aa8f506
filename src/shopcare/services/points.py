"""Points: award, take back, redeem, and say what is there.

Every write happens inside one BEGIN IMMEDIATE transaction and checks inside it, so two processes can neither award one
key twice nor redeem the same points.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from shopcare.domain import ids
from shopcare.domain.clock import SECONDS_PER_DAY, day_of, iso
from shopcare.domain.points import (
    Allocation,
    Debt,
    EarnRule,
    Lot,
    after,
    balance,
    base_minor,
    claw,
    clawable,
    earn_by,
    earning_base,
    expires_at,
    pay,
    read_rule,
    redeemable,
    redeemable_on,
    rule_text,
    signed_off_at,
    take,
    value_minor,
)
from shopcare.domain.tiers import OrderSpend, tiers_before
from shopcare.errors import EXIT_REFUSED, ShopcareError
from shopcare.i18n import N_

if TYPE_CHECKING:
    import sqlite3

    from shopcare.services.context import Context
    from shopcare.store.queries.awards import Award, AwardOrder, Earned, Member

#: The one rule by which orders earn; part of an entry's key, so that another rule may pay for the same order.
SPEND = "spend"
