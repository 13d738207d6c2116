-- How many outcomes of each class arrived on each local day, whatever their prediction?
select (o.at::date - date '1970-01-01')::bigint as day,
  count(*) filter (where o.positive) as positives,
  count(*) filter (where o.negative) as negatives
from (
  select :outcome_time at time zone :zone as at,
    coalesce(:positive, false) as positive, coalesce(:negative, false) as negative
  from :outcomes
  where :outcome_time >= :from and :outcome_time < :to
) as o
group by 1
order by 1
