-- The customers of a campaign, each once: first assignment, arm, what was known of them then, whether they are in
-- two arms or in another campaign that must not overlap, and whether they were reached.
with assigned as materialized (
  select unit, min(at) as at, min(arm) as arm, count(distinct arm) > 1 as is_in_two,
    (array_agg(tier order by at, tier))[1] as tier,
    coalesce((array_agg(x order by at, x))[1], 0) as x,
    (array_agg(worth order by at, worth))[1] as worth:segments_picked
  from (
    select :unit as unit, :assigned_at::timestamptz as at, :arm::text as arm, :tier as tier,
      :covariate as x, :worth as worth:segments
    from :assignments
    where :condition
  ) as a
  where unit is not null and at < :as_of and arm is not null
  group by unit
), members as materialized (
  select a.*, :elsewhere as is_elsewhere, :reached as is_reached
  from assigned as a:further
)
