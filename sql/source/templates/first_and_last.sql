-- When do the rows of a table begin and end? Infinite times are none.
select min(:time)::timestamptz as first, max(:time)::timestamptz as last
from :table
where isfinite(:time)
