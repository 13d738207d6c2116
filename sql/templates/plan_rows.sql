-- How many rows does the planner reckon with?
explain (format json)
select
from :source
where :condition
