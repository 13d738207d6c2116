-- One metric's sums over the customers who are mature.
, count(*) filter (where :mature),
  coalesce(avg(coalesce(:name.y, 0)) filter (where :mature), 0)::float8,
  coalesce(var_pop(coalesce(:name.y, 0)) filter (where :mature) * count(*) filter (where :mature), 0)::float8,
  coalesce(avg(m.x) filter (where :mature), 0)::float8,
  coalesce(var_pop(m.x) filter (where :mature) * count(*) filter (where :mature), 0)::float8,
  coalesce(
    covar_pop(coalesce(:name.y, 0), m.x) filter (where :mature) * count(*) filter (where :mature), 0)::float8,
  count(*) filter (where :name.before > 0), coalesce(sum(:name.invalid), 0)::bigint
