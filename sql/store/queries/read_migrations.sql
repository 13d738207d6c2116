-- Which migrations have been applied, with the digest of each?
select name, digest
from plumbline.migration
order by name
