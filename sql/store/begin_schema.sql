-- Makes what migrations need before the first of them.
-- Even 'if not exists' asks for the right to create a schema.
do $$
begin
  if not exists (select from pg_namespace where nspname = 'plumbline') then
    create schema plumbline;
  end if;
end
$$;
create table if not exists plumbline.migration (
  name text primary key,
  digest text not null,
  applied_at timestamptz not null default now()
);
