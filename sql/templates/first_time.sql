-- When was the first prediction made?
select min(:time)::timestamptz
from :table
where :time > '-infinity' and :condition
