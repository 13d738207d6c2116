-- Is there the role that owns the schema, and may we act as it? A superuser keeps what it makes.
select exists (
  select from pg_roles
  where rolname = 'plumbline_writer' and pg_has_role(current_user, oid, 'member')
    and not (select rolsuper from pg_roles where rolname = current_user)) as is_writer
