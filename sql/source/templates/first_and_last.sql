-- When do the rows of a table begin and end?
select min(:time)::timestamptz as first, max(:time)::timestamptz as last
from :table
