-- A name by which other connections see this transaction's moment.
select pg_export_snapshot() as snapshot
