-- How many candidates has each tier, and how many came in the last 28 days?
select coalesce(:tier, '') as tier, count(distinct :unit) as customers,
  count(distinct :unit) filter (where :recent) as recent
from :candidates
where :unit is not null and :condition
group by 1
order by 1
