-- Least privilege for the three kinds of user. Run once as the database's owner:
--   psql -v reader_schema=crm -f sql/roles.sql
-- plumbline_reader reads the customers' tables, plumbline_writer owns the schema plumbline,
-- plumbline_business reads what is kept there. Give a login both of the first two:
--   create role plumbline_service login in role plumbline_reader, plumbline_writer;
\if :{?reader_schema}
\else
\set reader_schema public
\endif

do $$
begin
  if not exists (select from pg_roles where rolname = 'plumbline_reader') then
    create role plumbline_reader nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'plumbline_writer') then
    create role plumbline_writer nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'plumbline_business') then
    create role plumbline_business nologin;
  end if;
end
$$;

grant usage on schema :"reader_schema" to plumbline_reader;
grant select on all tables in schema :"reader_schema" to plumbline_reader;
alter default privileges in schema :"reader_schema" grant select on tables to plumbline_reader;

-- Everything that plumbline keeps belongs to the writer; 'plumbline migrate' fills the schema.
create schema if not exists plumbline authorization plumbline_writer;
grant usage on schema plumbline to plumbline_business;
alter default privileges for role plumbline_writer in schema plumbline
  grant select on tables to plumbline_business;
