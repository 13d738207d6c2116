-- The customers of a campaign, each once: first assignment, arm, what was known of them then, whether they are in
-- two arms or in another campaign that must not overlap, and whether they were reached. Most have one row: only of
-- the others the first is searched for.
with rows as not materialized (
  select :unit as unit, :assigned_at::timestamptz as at, :arm::text as arm, :tier as tier, :covariate as x,
    :worth as worth:segments
  from :assignments
  where :condition
), grouped as materialized (
  select unit, min(at) as at, min(arm) as arm, min(arm) <> max(arm) as is_in_two, count(*) as n, min(tier) as tier,
    min(x) as x, min(worth) as worth:segments_least
  from rows
  where unit is not null and at > '-infinity' and at < :as_of and arm is not null
  group by unit
), first as (
  select distinct on (r.unit) r.unit, r.tier, r.x, r.worth:segments_first
  from rows as r
  where r.unit in (select unit from grouped where n > 1) and r.at > '-infinity' and r.at < :as_of and r.arm is not null
  order by r.unit, r.at, r.tier, r.x, r.worth
), assigned as (
  select g.unit, g.at, g.arm, g.is_in_two, case when g.n = 1 then g.tier else f.tier end as tier,
    coalesce(case when g.n = 1 then g.x else f.x end, 0) as x,
    case when g.n = 1 then g.worth else f.worth end as worth:segments_picked
  from grouped as g
  left join first as f on f.unit = g.unit
), members as materialized (
  select a.*, :elsewhere as is_elsewhere, :reached as is_reached
  from assigned as a:further
)
