-- A migration has been applied.
-- $1 name, $2 digest of its text
insert into plumbline.migration (name, digest)
values ($1::text, $2::text)
