-- Which columns does a relation have, and of which types, domains resolved?
-- $1 its name as configured
with recursive base as (
  select a.attnum, a.attname::text as name, a.atttypid as type_id
  from pg_attribute a
  where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
  union all
  select b.attnum, b.name, t.typbasetype
  from base b
  join pg_type t on t.oid = b.type_id
  where t.typtype = 'd'
)
select b.name, t.typname::text as type, t.typtype::text as kind
from base b
join pg_type t on t.oid = b.type_id
where t.typtype <> 'd'
order by b.attnum
