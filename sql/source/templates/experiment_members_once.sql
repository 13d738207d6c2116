-- As experiment_members, of a table that is known to hold each customer once.
with assigned as (
  select unit, at, arm, false as is_in_two, tier, coalesce(x, 0) as x, worth:segments_names
  from (
    select :unit as unit, :assigned_at::timestamptz as at, :arm::text as arm, :tier as tier, :covariate as x,
      :worth as worth:segments
    from :assignments
    where :condition
  ) as r
  where unit is not null and at > '-infinity' and at < :as_of and arm is not null
), members as materialized (
  select a.*, :elsewhere as is_elsewhere, :reached as is_reached
  from assigned as a:further
)
