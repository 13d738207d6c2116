-- What kind of relation is a configured table, and how is it indexed?
-- $1 its name as configured
select c.oid::regclass::text as name, c.relkind::text as kind,
  greatest(c.reltuples, 0)::float8 as estimated_rows,
  (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::bigint as pages,
  has_table_privilege(c.oid, 'select') as can_read,
  coalesce((
    select array_agg(distinct a.attname::text)
    from pg_index i
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where i.indrelid = c.oid and i.indisvalid and i.indpred is null), '{}') as indexed,
  coalesce((
    select array_agg(distinct a.attname::text)
    from pg_index i
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null
      and i.indnkeyatts = 1
      -- An index of a parent does not see the rows of tables that inherit from it.
      and (c.relkind = 'p' or not exists (select from pg_inherits h where h.inhparent = c.oid))), '{}') as unique_columns
from pg_class c
where c.oid = to_regclass($1::text)
