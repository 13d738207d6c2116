-- Which server is this, and what may we do here?
select current_setting('server_version') as version,
  current_setting('server_version_num')::int as version_number,
  pg_is_in_recovery() as is_replica, current_user::text as role,
  clock_timestamp() as clock,
  has_database_privilege(current_database(), 'create') as can_create,
  exists (select from pg_namespace where nspname = 'plumbline') as has_schema
