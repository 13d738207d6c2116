-- One metric's sums over the customers who are mature; of a ratio, the denominator stands where the covariate does.
, count(*) filter (where :mature),
  coalesce(avg(:y) filter (where :mature), 0),
  coalesce(var_pop(:y) filter (where :mature) * count(*) filter (where :mature), 0),
  coalesce(avg(:x) filter (where :mature), 0),
  coalesce(var_pop(:x) filter (where :mature) * count(*) filter (where :mature), 0),
  coalesce(covar_pop(:y, :x) filter (where :mature) * count(*) filter (where :mature), 0),
  count(*) filter (where :name.before > 0), coalesce(sum(:name.invalid), 0),
  count(*) filter (where :mature and :is_capped)
