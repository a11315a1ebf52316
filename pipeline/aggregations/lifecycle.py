"""Lifecycle: where the users of a period came from, and who of the period before it is missing.

For the period of some days that ends with a day, by days on which people were active:

* new: first active ever in it
* returning: active in it and in the period before it
* resurrecting: active in it, not in the period before it, but earlier
* dormant: active in the period before it, not in it

So new + returning + resurrecting are all who were active, and returning + dormant all who were active before.
"""

import numpy as np
import pandas as pd

KINDS = ("new", "returning", "resurrecting", "dormant")


def lifecycle(active: pd.DataFrame, day: int, period: int) -> dict[str, int]:
    """Count each kind for the `period` days up to and with `day`; `active` has one row for each user and day."""
    known = active[active["day"] <= day]
    ago = day - known["day"]
    by = pd.DataFrame(
        {
            "viewer": known["viewer"],
            "now": ago < period,
            "before": (ago >= period) & (ago < 2 * period),
            "earlier": ago >= 2 * period,
        }
    )
    person = by.groupby("viewer")[["now", "before", "earlier"]].any()
    now, before, earlier = (person[name].to_numpy(dtype=bool) for name in ("now", "before", "earlier"))
    found = {
        "new": now & ~before & ~earlier,
        "returning": now & before,
        "resurrecting": now & ~before & earlier,
        "dormant": ~now & before,
    }
    return {kind: int(np.count_nonzero(found[kind])) for kind in KINDS}
