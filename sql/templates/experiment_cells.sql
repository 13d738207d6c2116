-- Sums over the customers of a campaign by arm and tier, and by arm and each segment's levels, with what each metric
-- makes of them.
:members:metrics
select m.arm, m.is_in_two, m.is_elsewhere, :which, :level, count(*), count(*) filter (where m.is_reached), :cost:sums
from members as m:joins
group by grouping sets (:sets)
order by 1, 2, 3, 4, 5
