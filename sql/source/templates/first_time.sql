-- When was the first prediction made?
select min(:time)::timestamptz as first_time
from :table
where :time > '-infinity' and :condition
