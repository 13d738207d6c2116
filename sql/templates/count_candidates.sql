-- How many candidates has each tier, and how many came in the last 28 days?
select coalesce(:tier, ''), count(distinct :unit), count(distinct :unit) filter (where :recent)
from :candidates
where :unit is not null and :condition
group by 1
order by 1
