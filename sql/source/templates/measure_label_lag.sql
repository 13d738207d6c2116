-- How many days after the prediction do outcomes arrive, do they say no as well as yes, and was a
-- no ever followed by a yes? How many lie before their prediction? The newest 100,000 outcomes.
select
  percentile_cont(0.5) within group (order by l.days) as median,
  percentile_cont(0.9) within group (order by l.days) as late,
  max(l.days) as longest,
  coalesce(bool_or(l.is_negative), false) as has_negatives,
  coalesce(bool_or(l.is_reversal), false) as has_reversals,
  coalesce(avg((l.days < 0)::int), 0)::float8 as early
from (
  select (extract(epoch from o.:outcome_time - p.:time) / 86400)::float8 as days,
    :negative as is_negative,
    not :negative and o.:outcome_time > min(o.:outcome_time) filter (where :negative)
      over (partition by o.:outcome_key) as is_reversal
  from (
    select *
    from :outcomes
    where :outcome_time is not null and isfinite(:outcome_time)
    order by :outcome_time desc
    limit 100000
  ) as o
  join :table as p on p.:id = o.:outcome_key
  where isfinite(p.:time)
) as l
