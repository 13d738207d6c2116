-- Which columns does a relation have, of which types, domains resolved, and which are never NULL?
-- $1 its name as configured
with recursive base as (
  select a.attnum, a.attname::text as name, a.atttypid as type_id, a.attnotnull as is_required
  from pg_attribute a
  where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
  union all
  select b.attnum, b.name, t.typbasetype, b.is_required
  from base b
  join pg_type t on t.oid = b.type_id
  where t.typtype = 'd'
)
select b.name, t.typname::text as type, t.typtype::text as kind, b.is_required
from base b
join pg_type t on t.oid = b.type_id
where t.typtype <> 'd'
order by b.attnum
