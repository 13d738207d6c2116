-- Rows for profiles.
copy (
  select :columns
  from :source
  where :condition
) to stdout (format binary)
