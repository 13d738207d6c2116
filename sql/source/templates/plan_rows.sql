-- How many rows does the planner expect?
explain (format json)
select
from :source
where :condition
