-- Which tables and views could hold predictions or outcomes?
select c.oid::regclass::text as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'plumbline')
  and n.nspname !~ '^pg_(toast|temp)'
  and not c.relispartition
  and has_table_privilege(c.oid, 'select')
order by 1
