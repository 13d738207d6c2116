-- The label at a moment, whether it is final, issues, and when the label became known:
-- where outcomes agree at the first of them, else at the last.
, case
    when k.yes:suffix = k.no:suffix then null
    when k.yes:suffix > k.no:suffix or k.yes:suffix is not null and k.no:suffix is null then true
    when k.no:suffix is not null then false
    when :absent_is_negative and k.at < :moment - :horizon then false
  end,
  k.at < :moment - :horizon or coalesce(k.yes:suffix >= k.no:suffix, k.yes:suffix is not null)
    or :no_is_final and k.no:suffix is not null,
  k.issues:suffix + coalesce((k.yes:suffix = k.no:suffix)::int, 0),
  case
    when k.no:suffix is null then k.first_yes:suffix
    when k.yes:suffix is null then k.first_no:suffix
    else greatest(k.yes:suffix, k.no:suffix)
  end
