-- Sums by arm and tier over the customers of a campaign, each counted once, with what each metric makes of them.
with members as materialized (
  select unit, min(at) as at, min(arm) as arm, count(distinct arm) > 1 as is_in_two,
    (array_agg(tier order by at, tier))[1] as tier,
    coalesce((array_agg(x order by at, x))[1], 0) as x
  from (
    select :unit as unit, :assigned_at::timestamptz as at, :arm::text as arm, :tier as tier,
      :covariate as x
    from :assignments
    where :condition
  ) as a
  where unit is not null and at < :as_of and arm is not null
  group by unit
):metrics
select m.arm, coalesce(m.tier, ''), m.is_in_two, count(*), :cost:sums
from members as m:joins
group by 1, 2, 3
order by 1, 2, 3
